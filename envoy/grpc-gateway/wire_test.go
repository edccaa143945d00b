package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send writes a request as it is, odd paths and headers included, which a client of Go's would mend or refuse.
func send(t *testing.T, address string, sent row) answer {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(time.Minute))
	// Beside the reading, since what is too large may be answered before all of it is read.
	go connection.Write(requestText(sent))
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: sent.method})
	if err != nil {
		t.Fatalf("%s %s: %v", sent.method, sent.path, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", sent.method, sent.path, err)
	}
	return answer{response.StatusCode, response.Header, body}
}

func requestText(sent row) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nhost: millrace\r\nconnection: close\r\n", sent.method, sent.path)
	for _, header := range sent.headers {
		fmt.Fprintf(&text, "%s\r\n", header)
	}
	if sent.method != "GET" {
		fmt.Fprintf(&text, "content-length: %d\r\n", len(sent.body))
	}
	fmt.Fprintf(&text, "\r\n%s", sent.body)
	return text.Bytes()
}

// content is the body: the JSON value without the fields that change from call to call. TensorFlow Serving's JSON may hold
// NaN, and so be none; of that, as of all else, it is the bytes.
func (a answer) content(volatile []string) any {
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return string(a.body)
	}
	return without(value, volatile)
}

func without(value any, names []string) any {
	switch known := value.(type) {
	case map[string]any:
		for _, name := range names {
			delete(known, name)
		}
		for name, inner := range known {
			known[name] = without(inner, names)
		}
	case []any:
		for i, inner := range known {
			known[i] = without(inner, names)
		}
	}
	return value
}
