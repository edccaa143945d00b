package main

import (
	"context"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The servers that a test needs. GrpcGatewayIT starts them, with the models that the table calls, and runs these tests.
func needed(t *testing.T, name string) string {
	t.Helper()
	address := os.Getenv(name)
	if address == "" {
		t.Fatalf("%s is not set; run this by: mvn verify -Dit.test=GrpcGatewayIT", name)
	}
	return address
}

// limit is the server's --max-message-size.
const limit = size(1 << 20)

// startGateway serves until the test ends, before a server's gRPC port.
func startGateway(t *testing.T, server string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, server, limit) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// Each row goes to Envoy and to the gateway, which stand before one server.
func TestEachRow_isAnsweredAsByEnvoy(t *testing.T) {
	envoy := needed(t, "MILLRACE_REST")
	gateway := startGateway(t, needed(t, "MILLRACE_GRPC"))
	for _, sent := range rows {
		t.Run(sent.method+" "+sent.path+" "+sent.what, func(t *testing.T) {
			sent.prepare(t, envoy)
			byEnvoy := send(t, envoy, sent)
			sent.prepare(t, envoy)
			byGateway := send(t, gateway, sent)
			compare(t, sent, byEnvoy, byGateway)
			if t.Failed() {
				t.Logf("Envoy:   %d %v %s", byEnvoy.status, byEnvoy.header, shortened(byEnvoy.body))
				t.Logf("gateway: %d %v %s", byGateway.status, byGateway.header, shortened(byGateway.body))
			}
		})
	}
}

func (r row) prepare(t *testing.T, address string) {
	t.Helper()
	for _, first := range r.before {
		if done := send(t, address, first); done.status != first.status {
			t.Fatalf("%s %s: %d %s", first.method, first.path, done.status, done.body)
		}
	}
}

func compare(t *testing.T, sent row, byEnvoy, byGateway answer) {
	t.Helper()
	expected := sent.status
	if expected == anyStatus {
		expected = byEnvoy.status
	}
	if byEnvoy.status != expected {
		t.Errorf("Envoy answers %d, expected %d", byEnvoy.status, expected)
	}
	if sent.differs.status != 0 {
		expected = sent.differs.status
	}
	if byGateway.status != expected {
		t.Errorf("the gateway answers %d, expected %d", byGateway.status, expected)
	}
	for _, name := range []string{"Content-Type", "Allow", "Inference-Header-Content-Length", "Retry-After"} {
		if sent.differs.in != inAll && !reflect.DeepEqual(byEnvoy.header[name], byGateway.header[name]) {
			t.Errorf("%s: %v by Envoy, %v by the gateway", name, byEnvoy.header[name], byGateway.header[name])
		}
	}
	compareContent(t, sent, byEnvoy, byGateway)
}

func compareContent(t *testing.T, sent row, byEnvoy, byGateway answer) {
	t.Helper()
	volatile := sent.volatile
	if sent.differs.in == inWords {
		volatile = append(slices.Clone(volatile), "error")
	}
	equal := reflect.DeepEqual(byEnvoy.content(volatile), byGateway.content(volatile))
	if sent.differs.in == inAll && equal {
		t.Errorf("'%s' is no difference any more; take it out of the row", sent.differs.name)
	}
	if sent.differs.in != inAll && !equal {
		t.Errorf("the bodies differ")
	}
}

func shortened(body []byte) string {
	if len(body) > 1000 {
		return string(body[:1000]) + "..."
	}
	return string(body)
}

// Whoever adds a route adds a row, and a service with routes is registered with the gateway.
func TestEachRoute_hasARowThatSucceeds(t *testing.T) {
	all := routes()
	if len(all) < 20 {
		t.Fatalf("only %d routes were read: %v", len(all), all)
	}
	for _, route := range all {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.status == 200 && route.matches(r.method, r.pathAlone()) }) {
			t.Errorf("no row of the table calls %s %s with success", route.method, route.path)
		}
	}
}

func (r row) pathAlone() string {
	path, _, _ := strings.Cut(r.path, "?")
	return path
}

// The README names each difference that a row knows, and rows show each that it lists.
func TestReadme_listsTheDifferences(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| difference |")
	listed := map[string]bool{}
	for _, line := range strings.Split(table, "\n")[2:] {
		if !strings.HasPrefix(line, "| ") {
			break
		}
		listed[strings.TrimSpace(strings.Split(line, "|")[1])] = true
	}
	shown := map[string]bool{}
	for _, r := range rows {
		if r.differs.name != "" {
			shown[r.differs.name] = true
		}
	}
	if !reflect.DeepEqual(listed, shown) {
		t.Errorf("README.md lists %v, the rows show %v", listed, shown)
	}
}
