# The product in one image: `switchboard serve` by default.
FROM node:22-bookworm-slim AS web
WORKDIR /src/web
COPY web/ ./
COPY api/openapi.yaml ../api/openapi.yaml
RUN npm ci && npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/desk/dist/ web/desk/dist/
COPY --from=web /src/web/widget/dist/ web/widget/dist/
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
