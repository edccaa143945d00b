package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails" // links in what the server's details are made of
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// failure is an answer that is no success.
type failure struct {
	httpStatus int
	status     *status.Status
	allowed    string // the method that would have been right, where that is what failed
}

// refusal is a failure of the gateway's own, with the words and the reason that Envoy has for it.
func refusal(httpStatus int, code codes.Code, reason, words string) *failure {
	bare := status.New(code, words)
	detailed, err := bare.WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "millrace"})
	if err != nil {
		return &failure{httpStatus: httpStatus, status: bare}
	}
	return &failure{httpStatus: httpStatus, status: detailed}
}

// takes is for a path that is right, with a method that is not.
func takes(method string, r *http.Request) *failure {
	refused := refusal(http.StatusMethodNotAllowed, codes.Unimplemented, "UNSUPPORTED_OPERATION",
		fmt.Sprintf("%s takes %s, not %s", r.RequestURI, method, r.Method))
	refused.allowed = method
	return refused
}

func malformed(words string) *failure {
	return refusal(http.StatusBadRequest, codes.InvalidArgument, "REQUEST_MALFORMED", words)
}

func tooLarge(limit size) *failure {
	return refusal(http.StatusRequestEntityTooLarge, codes.ResourceExhausted, "MESSAGE_TOO_LARGE",
		fmt.Sprintf("the request is above the limit of %v (--max-message-size)", limit))
}

// bodyTooLate and overloaded refuse before a call was sent on, as Envoy does by its own deadline and bounds.
func bodyTooLate() *failure {
	return refusal(http.StatusRequestTimeout, codes.DeadlineExceeded, "DEADLINE_IN_QUEUE",
		"the deadline (grpc-timeout, else 30 s) passed before the whole body had come")
}

func overloaded() *failure {
	return refusal(http.StatusServiceUnavailable, codes.Unavailable, "SERVER_OVERLOADED",
		"too many bodies come at once; this call was not executed")
}

func (f *failure) write(w http.ResponseWriter) {
	body, err := printStatus(f.status.Proto())
	if err != nil {
		log.Printf("cannot print %v: %v", f.status, err)
	}
	w.Header().Del("Trailer")
	w.Header().Del("Transfer-Encoding")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.httpStatus)
	if _, err := w.Write(body); err != nil {
		log.Printf("cannot answer: %v", err)
	}
}

// printStatus prints a google.rpc.Status as Envoy does: its message is named error, as REST's clients know it.
func printStatus(failed proto.Message) ([]byte, error) {
	known, ok := failed.(*spb.Status)
	if !ok {
		return nil, fmt.Errorf("%T is no status", failed)
	}
	details := make([]json.RawMessage, 0, len(known.GetDetails()))
	for _, detail := range known.GetDetails() {
		printed, err := printing.Marshal(detail)
		if err != nil {
			return nil, err
		}
		details = append(details, printed)
	}
	return json.Marshal(struct {
		Code    int32             `json:"code"`
		Error   string            `json:"error"`
		Details []json.RawMessage `json:"details"`
	}{known.GetCode(), known.GetMessage(), details})
}

// failures answers what fails, with the limit of bodies to name it.
type failures struct {
	limit size
}

// write answers a call that failed, in the server or on the way there.
func (f failures) write(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter,
	r *http.Request, err error) {
	// The server's headers, retry-after among them, come as trailers where nothing else came.
	if sent, ok := runtime.ServerMetadataFromContext(ctx); ok {
		maps.Copy(w.Header(), forwarded(metadata.Join(sent.HeaderMD, sent.TrailerMD)))
	}
	if body, ok := r.Body.(*requestBody); ok && body.refused != nil {
		if body.refused.httpStatus == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		body.refused.write(w)
		return
	}
	f.of(err).write(w)
}

func forwarded(sent metadata.MD) http.Header {
	header := http.Header{}
	for name, values := range sent {
		if to, ok := passes(name); ok {
			header[http.CanonicalHeaderKey(to)] = values
		}
	}
	return header
}

// ofStream is asked how a stream fails.
func (f failures) ofStream(_ context.Context, err error) *status.Status {
	return f.of(err).status
}

// of tells what an error is. All errors of the server have details; one without was made here.
func (f failures) of(err error) *failure {
	known := status.Convert(err)
	words := known.Message()
	if len(known.Proto().GetDetails()) > 0 {
		return &failure{httpStatus: runtime.HTTPStatusFromCode(known.Code()), status: known}
	}
	switch known.Code() {
	case codes.InvalidArgument:
		return malformed(words)
	case codes.ResourceExhausted:
		return tooLarge(f.limit)
	case codes.DeadlineExceeded:
		return refusal(http.StatusGatewayTimeout, codes.DeadlineExceeded, "DEADLINE_IN_ENGINE",
			"the deadline (grpc-timeout, else 30 s) has passed")
	case codes.Unavailable:
		// Without a reason: what went wrong with the connection does not tell whether the server had the call already.
		return &failure{httpStatus: http.StatusServiceUnavailable, status: status.New(codes.Unavailable,
			"no server answers, or it went away while it had the call, which may have been executed")}
	case codes.Canceled:
		return refusal(499, codes.Canceled, "CALL_CANCELLED", "the caller has gone")
	default:
		log.Printf("failed: %v", err)
		return refusal(runtime.HTTPStatusFromCode(known.Code()), known.Code(), "INTERNAL_ERROR",
			"the gateway failed; its log knows why")
	}
}

// writeRouting answers what no route takes.
func writeRouting(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request,
	_ int) {
	nothingAt(r).write(w)
}

func nothingAt(r *http.Request) *failure {
	return refusal(http.StatusNotFound, codes.Unimplemented, "UNSUPPORTED_OPERATION",
		fmt.Sprintf("there is nothing at %s %s", r.Method, r.RequestURI))
}
