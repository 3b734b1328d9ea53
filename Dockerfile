# The product in one image: `switchboard serve` by default.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /switchboard ./cmd/switchboard

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /switchboard /switchboard
# Attachments and the journal; owned by the image's user when the volume is made.
COPY --from=build --chown=nonroot:nonroot /src/deploy/data /data
VOLUME /data
WORKDIR /
ENV SWITCHBOARD_LISTEN=:8080 SWITCHBOARD_FILES_URL=/data/files SWITCHBOARD_JOURNAL_DIR=/data/journal SWITCHBOARD_LOG_FORMAT=json
EXPOSE 8080
ENTRYPOINT ["/switchboard"]
CMD ["serve"]
