package main

import (
	"bytes"
	"io"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// marshaler is the one thing that the routes of RestService need beyond stock grpc-gateway. Their messages hold the body of
// the HTTP request as it came, in a google.api.HttpBody. grpc-gateway writes such bodies as they are, but reads them as
// JSON of the message HttpBody, of which nothing is left: the server would say that the body is empty. This marshaler reads
// them as they are, with their content type.
//
// All other messages are JSON as Envoy reads and writes it: fields by the names they have in the protocol, empty ones
// printed, unknown ones ignored.
type marshaler struct {
	runtime.HTTPBodyMarshaler
}

var (
	// EmitDefaultValues, not EmitUnpopulated: that one prints null for messages that are absent.
	printing = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}
	reading  = protojson.UnmarshalOptions{DiscardUnknown: true}
)

func newMarshaler() *marshaler {
	json := &runtime.JSONPb{MarshalOptions: printing, UnmarshalOptions: reading}
	return &marshaler{runtime.HTTPBodyMarshaler{Marshaler: json}}
}

// NewDecoder reads the body of a request. The door in front has made a requestBody of it, which knows the content type.
func (m *marshaler) NewDecoder(body io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(target any) error {
		content, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		switch message := target.(type) {
		case **httpbody.HttpBody:
			*message = &httpbody.HttpBody{ContentType: contentType(body), Data: content}
			return nil
		case proto.Message:
			if len(content) == 0 {
				return io.EOF // an empty message
			}
			// The whole of it: a decoder of streams would ignore what follows the first value.
			return reading.Unmarshal(content, message)
		default:
			return m.Marshaler.NewDecoder(bytes.NewReader(content)).Decode(target)
		}
	})
}

func contentType(body io.Reader) string {
	if known, ok := body.(*requestBody); ok {
		return known.contentType
	}
	return ""
}

// Marshal writes an answer, or in a stream whose messages are no HttpBody a line of it.
func (m *marshaler) Marshal(value any) ([]byte, error) {
	switch message := value.(type) {
	case map[string]proto.Message: // how a stream fails
		return printStatus(message["error"])
	case map[string]any:
		line, err := m.Marshaler.Marshal(value)
		return append(line, '\n'), err
	default:
		return m.HTTPBodyMarshaler.Marshal(message)
	}
}

// Delimiter puts nothing between the messages of a stream: server-sent events bring their own blank lines, and a byte more
// would break anything binary.
func (m *marshaler) Delimiter() []byte {
	return nil
}
