module switchboard/channel/oracle

go 1.26.0

require (
	github.com/google/uuid v1.6.0
	github.com/line/line-bot-sdk-go/v8 v8.14.0
	github.com/stretchr/testify v1.12.1
	github.com/twilio/twilio-go v1.31.0
	switchboard v0.0.0
)

require (
	github.com/golang/mock v1.6.0 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)

replace switchboard => ../..
