package tracing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// Variables are those of OpenTelemetry that say whether and how spans are sent. Those that the exporter reads besides
// (headers, time-outs, certificates, sizes of batches) are OpenTelemetry's too. See
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
const (
	disabled       = "OTEL_SDK_DISABLED"
	exporter       = "OTEL_TRACES_EXPORTER"
	endpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	tracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	protocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	tracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	sampler        = "OTEL_TRACES_SAMPLER"
	samplerArg     = "OTEL_TRACES_SAMPLER_ARG"
)

// samplers are those that OTEL_TRACES_SAMPLER can name.
var samplers = []string{"always_on", "always_off", "traceidratio",
	"parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}

// FromEnvironment is what makes spans, as the variables say; nil if they don't ask for any, so that nothing is spent
// on them. Whoever gets one shuts it down. version is the program's. What a variable says and can't be done is an
// error that names it.
func FromEnvironment(ctx context.Context, version string, log *slog.Logger) (*sdk.TracerProvider, error) {
	if on, err := wanted(); !on || err != nil {
		return nil, err
	}
	to, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces can't be sent by the OTEL_ variables: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName("frontdesk"), semconv.ServiceVersion(version)),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w. Write it as name=value,name=value", err)
	}
	return sdk.NewTracerProvider(sdk.WithBatcher(Discreet(to, log)), sdk.WithResource(about)), nil
}

// wanted says whether spans are to be sent.
func wanted() (bool, error) {
	if strings.EqualFold(os.Getenv(disabled), "true") {
		return false, nil
	}
	at := cmp.Or(os.Getenv(tracesEndpoint), os.Getenv(endpoint))
	switch e := os.Getenv(exporter); e {
	case "none":
		return false, nil
	case "":
		if at == "" {
			return false, nil
		}
	case "otlp":
	default:
		return false, fmt.Errorf("%s=%s: traces are sent by otlp only. Say otlp, or none", exporter, e)
	}
	return true, errors.Join(reachable(at), spoken(), sampled())
}

// reachable says whether an endpoint is a URL; it may be left out.
func reachable(at string) error {
	u, err := url.Parse(at)
	if at == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	return fmt.Errorf("%s: say the collector's URL, as http://127.0.0.1:4318", endpoint)
}

// spoken says whether the protocol is the one that there is.
func spoken() error {
	if p := cmp.Or(os.Getenv(tracesProtocol), os.Getenv(protocol)); p != "" && p != "http/protobuf" {
		return fmt.Errorf("%s=%s: traces are sent by http/protobuf only, which collectors take on port 4318",
			protocol, p)
	}
	return nil
}

// sampled says whether the sampler is one: the SDK takes every trace where it can't read it.
func sampled() error {
	name := os.Getenv(sampler)
	if name != "" && !slices.Contains(samplers, name) {
		return fmt.Errorf("%s=%s: it can be %s", sampler, name, strings.Join(samplers, ", "))
	}
	part := os.Getenv(samplerArg)
	if f, err := strconv.ParseFloat(part, 64); part != "" && (err != nil || f < 0 || f > 1) {
		return fmt.Errorf("%s=%s: say which part of all traces, from 0 to 1, as 0.1", samplerArg, part)
	}
	return nil
}
