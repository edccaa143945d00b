package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Of a caller from elsewhere the server hears by the address that the gateway appends, whatever the caller says itself.
func TestOrdersFromAfar_areRefusedByTheServer(t *testing.T) {
	gateway, err := newGateway(t.Context(), needed(t, "MILLRACE_GRPC"), limit)
	if err != nil {
		t.Fatal(err)
	}
	for address, expected := range map[string]int{
		"192.0.2.1:1234": 403, "[2001:db8::1]:1234": 403, "127.0.0.1:1234": 200, "[::1]:1234": 200,
	} {
		for _, claimed := range []string{"", "X-Forwarded-For", "Grpc-Metadata-X-Forwarded-For"} {
			order := httptest.NewRequest("POST", "/v1/models/tiny:load", strings.NewReader(`{"dry_run":true}`))
			order.RemoteAddr = address
			if claimed != "" {
				order.Header.Set(claimed, "127.0.0.1")
			}
			answered := httptest.NewRecorder()
			gateway.ServeHTTP(answered, order)
			if answered.Code != expected {
				t.Errorf("from %s with %q: %d %s", address, claimed, answered.Code, answered.Body)
			}
			if expected == 403 && !strings.Contains(answered.Body.String(), `"reason":"PERMISSION_DENIED"`) {
				t.Errorf("from %s: %s", address, answered.Body)
			}
		}
	}
}

// A UNAVAILABLE with a reason promises that nothing was executed, which the gateway cannot know.
func TestWithoutAServer_callsAreUnavailableWithoutAReason(t *testing.T) {
	nowhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nowhere.Close()
	gateway := startGateway(t, nowhere.Addr().String())

	answered := send(t, gateway, get("/v1/models", 503))

	expected := map[string]any{"code": json.Number("14"), "details": []any{}}
	if answered.status != 503 || !reflect.DeepEqual(answered.content([]string{"error"}), expected) {
		t.Errorf("%d %s", answered.status, answered.body)
	}
	if strings.Contains(string(answered.body), "dial tcp") {
		t.Errorf("it tells more than callers need: %s", answered.body)
	}
}

// recorded is what a caller sees of a stream.
func recorded(messages []proto.Message, end error) *httptest.ResponseRecorder {
	failed := failures{limit}
	mux := runtime.NewServeMux(runtime.WithStreamErrorHandler(failed.ofStream))
	ctx := runtime.NewServerMetadataContext(context.Background(), runtime.ServerMetadata{})
	answered := httptest.NewRecorder()
	request := httptest.NewRequest("POST", "/v2/models/tiny/generate_stream", http.NoBody)
	runtime.ForwardResponseStream(ctx, mux, newMarshaler(), answered, request, func() (proto.Message, error) {
		if len(messages) == 0 {
			return nil, end
		}
		next := messages[0]
		messages = messages[1:]
		return next, nil
	})
	return answered
}

func TestAStreamOfEvents_passesAsItIs(t *testing.T) {
	event := func(text string) proto.Message {
		return &httpbody.HttpBody{ContentType: "text/event-stream", Data: []byte(text)}
	}

	answered := recorded([]proto.Message{event("data: 1\n\n"), event("data: 2\n\n")}, io.EOF)

	if answered.Code != 200 || answered.Body.String() != "data: 1\n\ndata: 2\n\n" || !answered.Flushed ||
		answered.Header().Get("Content-Type") != "text/event-stream" {
		t.Errorf("%d %v %q", answered.Code, answered.Header(), answered.Body)
	}
}

func TestAStreamThatFailsAtOnce_isAnErrorAsOfAnyCall(t *testing.T) {
	answered := recorded(nil, refusal(404, codes.NotFound, "MODEL_NOT_FOUND", "there is no model 'nope'").status.Err())

	expected := `{"code":5,"error":"there is no model 'nope'","details":[{`
	if answered.Code != 404 || !strings.HasPrefix(answered.Body.String(), expected) ||
		answered.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %v %q", answered.Code, answered.Header(), answered.Body)
	}
}

func TestAStreamOfMessages_isALineForEach(t *testing.T) {
	line := status.New(codes.NotFound, "any message").Proto()

	answered := recorded([]proto.Message{line, line}, io.EOF)

	if lines := strings.Split(answered.Body.String(), "\n"); len(lines) != 3 || lines[2] != "" {
		t.Errorf("%q", answered.Body)
	}
}

func TestHeaders_passUnderTheirOwnNamesUnlessTheyAreTheConnectionsOrGrpcs(t *testing.T) {
	for name, expected := range map[string]bool{
		"Inference-Header-Content-Length": true, "X-Request-Id": true, "Traceparent": true, "Retry-After": true,
		"Origin": true, "Content-Encoding": true, "Connection": false, "Content-Type": false, "Grpc-Encoding": false,
		"Grpc-Metadata-X-Forwarded-For": false, "X-Forwarded-For": false, "X-Any-Bin": false,
	} {
		to, through := passes(name)
		if through != expected || to != strings.ToLower(name) {
			t.Errorf("%s: %s %v", name, to, through)
		}
	}
}

// The server sends it as a trailer where nothing else came before.
func TestARefusalThatPasses_hasTheServersRetryAfter(t *testing.T) {
	sent := runtime.ServerMetadata{TrailerMD: metadata.Pairs("retry-after", "2", "grpc-retry-pushback-ms", "1500")}
	full := refusal(503, codes.Unavailable, "MODEL_QUEUE_FULL", "the queue is full").status.Err()
	answered := httptest.NewRecorder()

	failures{limit}.write(runtime.NewServerMetadataContext(t.Context(), sent), nil, nil, answered,
		httptest.NewRequest("POST", "/v1/models/tiny:predict", http.NoBody), full)

	expected := http.Header{"Content-Type": {"application/json"}, "Retry-After": {"2"}}
	if answered.Code != 503 || !reflect.DeepEqual(answered.Header(), expected) {
		t.Errorf("%d %v %s", answered.Code, answered.Header(), answered.Body)
	}
}

// As by Envoy: neither the deadline of a call nor the server would end its reading.
func TestABodyThatDoesNotCome_isGivenUpAtTheDeadline(t *testing.T) {
	gateway := startGateway(t, needed(t, "MILLRACE_GRPC"))
	for _, address := range []string{needed(t, "MILLRACE_REST"), gateway} {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		connection.SetDeadline(time.Now().Add(time.Minute))
		fmt.Fprintf(connection, "POST /v1/models/tiny:predict HTTP/1.1\r\nhost: millrace\r\ngrpc-timeout: 100m\r\n"+
			"content-length: %d\r\n\r\n{", len(rowsOf))
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != 408 || !strings.Contains(string(body), `"reason":"DEADLINE_IN_QUEUE"`) {
			t.Errorf("%s: %d %s %v", address, response.StatusCode, body, err)
		}
	}
}

func TestBodies_areHeldWithinABudgetTogether(t *testing.T) {
	var door door
	var meanwhile []int
	read := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			failures{limit}.write(r.Context(), nil, nil, w, r, err)
		}
		if r.URL.Path == "/first" {
			meanwhile = []int{statusOf(door, "/second", "12345678"), statusOf(door, "/third", "1")}
		}
	}
	door = newDoor(http.HandlerFunc(read), limit, routes())
	door.held.most = 10

	first := statusOf(door, "/first", "12345678")
	after := statusOf(door, "/second", "12345678")

	if expected := []int{503, 200}; first != 200 || after != 200 || !reflect.DeepEqual(meanwhile, expected) {
		t.Errorf("%d, meanwhile %v, %d after it", first, meanwhile, after)
	}
	if held := door.held.held.Load(); held != 0 {
		t.Errorf("%d bytes are held for ever", held)
	}
}

func statusOf(door door, path, body string) int {
	answered := httptest.NewRecorder()
	door.ServeHTTP(answered, httptest.NewRequest("POST", path, strings.NewReader(body)))
	return answered.Code
}

func TestTimeouts_areAtMostFiveMinutes(t *testing.T) {
	for written, expected := range map[string]time.Duration{
		"100m": 100 * time.Millisecond, "30S": 30 * time.Second, "5M": 5 * time.Minute, "6M": 5 * time.Minute,
		"99999999H": 5 * time.Minute, "1n": time.Nanosecond,
	} {
		if read := patienceOf(written); read != expected {
			t.Errorf("%s: %v", written, read)
		}
	}
}

func TestSizes_areReadAsTheServersSettingsAre(t *testing.T) {
	for text, expected := range map[string]size{"64MiB": 64 << 20, "1GiB": 1 << 30, "1025KiB": 1025 << 10, "7B": 7} {
		var read size
		if err := read.Set(text); err != nil || read != expected || read.String() != text {
			t.Errorf("%s: %v %v", text, read, err)
		}
	}
	for _, text := range []string{"", "64", "MiB", "-1MiB", "1.5MiB", "64mib", "2GiB", "8589934593GiB"} {
		var read size
		if err := read.Set(text); err == nil || !strings.Contains(err.Error(), "'"+text+"' is no size") {
			t.Errorf("%s: %v %v", text, read, err)
		}
	}
}

func TestRoutes_matchAsTheTableNeeds(t *testing.T) {
	load := route{method: "POST", path: "/v1/models/{model_spec.name}:load"}
	if !reflect.DeepEqual(load.variables(), []string{"model_spec.name"}) {
		t.Error(load.variables())
	}
	for _, path := range []string{"/v1/models/a/b:load", "/v1/models/:load", "/v1/models/tiny:reload", "/v1/models/tiny"} {
		if load.matches("POST", path) {
			t.Error(path)
		}
	}
	if !load.matches("POST", "/v1/models/tiny:load") || load.matches("GET", "/v1/models/tiny:load") {
		t.Error("the method or the path is not heeded")
	}
}
