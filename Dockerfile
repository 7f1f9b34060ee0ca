# Two stages: build a static program, then nothing but that program. It runs as nobody, and keeps its records in /data.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /frontdesk ./cmd/frontdesk && mkdir /data

FROM scratch
COPY --from=build /frontdesk /frontdesk
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 /data /data
# The same empty folder: the demo without --folder keeps its practice there.
COPY --from=build --chown=65532:65532 /data /tmp
USER 65532:65532
VOLUME /data
# Other machines reach it: a container's loopback is its own. serve then asks for --tls-cert and --tls-key, or for the proxy by --trusted-proxies.
ENV FRONTDESK_STORE=sqlite:/data FRONTDESK_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/frontdesk"]
CMD ["serve", "--new"]
