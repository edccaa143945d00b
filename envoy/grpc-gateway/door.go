package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
)

// By what envoy.yaml refuses calls before it translates anything.
var (
	grpcTimeout = regexp.MustCompile(`^[0-9]{1,8}[HMSmun]$`)
	escapedName = regexp.MustCompile(`^([^&]*&)*[^=&]*%`)
	typedBody   = regexp.MustCompile(`^/v1/models/.*:predictTensors$`)
	notEncoded  = regexp.MustCompile(`(?i)^\s*(identity)?\s*$`)
	noTime      = regexp.MustCompile(`^0+.$`)
	lastSlash   = regexp.MustCompile(`/[^/:]+/$`)
)

// What the server says of such a path; it would not get as far, since Go writes no such message.
const notText = "the request's bytes are no message of this method: cut short, damaged, nested too deep, or text that is not" +
	" UTF-8"

// door stands before the generated code: it refuses what Envoy's routes refuse, and hands the rest over in the form that
// makes the generated code read it as Envoy does.
type door struct {
	next     http.Handler
	limit    size
	postOnly *regexp.Regexp
}

func newDoor(next http.Handler, limit size, routes []route) door {
	var orders []string
	for _, route := range routes {
		if route.method == http.MethodPost {
			orders = append(orders, route.expression(".+"))
		}
	}
	return door{next, limit, regexp.MustCompile("^(" + strings.Join(orders, "|") + ")$")}
}

func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if refused := d.refuse(r); refused != nil {
		if refused.httpStatus == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		refused.write(w)
		return
	}
	d.next.ServeHTTP(w, d.prepared(w, r))
}

func (d door) refuse(r *http.Request) *failure {
	path := r.URL.EscapedPath()
	encoding := strings.Join(r.Header.Values("Content-Encoding"), ",")
	timeout, hasTimeout := r.Header["Grpc-Timeout"]
	switch {
	case strings.Contains(r.URL.Path, "\x00"):
		return malformed("the path holds a zero byte")
	case !utf8.ValidString(r.URL.Path):
		return malformed(notText)
	case r.Method != http.MethodPost && r.Method != http.MethodOptions && d.postOnly.MatchString(path):
		return refusal(http.StatusMethodNotAllowed, codes.Unimplemented, "UNSUPPORTED_OPERATION",
			fmt.Sprintf("%s takes POST, not %s", r.RequestURI, r.Method))
	case hasTimeout && !grpcTimeout.MatchString(timeout[0]):
		return malformed("grpc-timeout is a number of up to 8 digits and a unit, one of H M S m u n, such as 500m")
	case escapedName.MatchString(r.URL.RawQuery):
		return malformed("the names in a query have no %")
	case typedBody.MatchString(path) && !notEncoded.MatchString(encoding):
		return refusal(http.StatusUnsupportedMediaType, codes.Unimplemented, "UNSUPPORTED_OPERATION",
			"predictTensors takes no content-encoding; :predict and /v2 do")
	default:
		return nil
	}
}

func (d door) prepared(w http.ResponseWriter, r *http.Request) *http.Request {
	query := r.URL.Query()
	r = r.WithContext(context.WithValue(r.Context(), queryKey{}, query))
	r.URL = asWritten(*r.URL)
	// Else the generated code would take a body of the type that curl -d names for a form.
	r.Form, r.PostForm = query, url.Values{}
	r.Header = r.Header.Clone()
	switch timeout := r.Header.Get("Grpc-Timeout"); {
	case timeout == "":
		r.Header.Set("Grpc-Timeout", "30S")
	case noTime.MatchString(timeout):
		r.Header.Set("Grpc-Timeout", "1n") // the generated code takes 0 for no deadline
	}
	r.Body = &requestBody{
		Reader:      http.MaxBytesReader(w, r.Body, int64(d.limit)),
		Closer:      r.Body,
		contentType: r.Header.Get("Content-Type"),
	}
	return r
}

// asWritten has the path matched as it stands in the request, whose %2F is no slash and whose %25 is no escape, and without
// a slash at its end, which Envoy lets pass too unless the path ends with a verb.
func asWritten(address url.URL) *url.URL {
	address.RawPath = address.EscapedPath()
	if lastSlash.MatchString(address.RawPath) {
		address.RawPath = strings.TrimSuffix(address.RawPath, "/")
		address.Path = strings.TrimSuffix(address.Path, "/")
	}
	return &address
}

// requestBody is a body that knows its content type, which the marshaler needs, and whether it was too long.
type requestBody struct {
	io.Reader
	io.Closer
	contentType  string
	isAboveLimit bool
}

func (b *requestBody) Read(into []byte) (int, error) {
	read, err := b.Reader.Read(into)
	var above *http.MaxBytesError
	if errors.As(err, &above) {
		b.isAboveLimit = true
	}
	return read, err
}
