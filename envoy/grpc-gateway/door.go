package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
)

// By what envoy.yaml refuses calls before it translates anything.
var (
	grpcTimeout = regexp.MustCompile(`^[0-9]{1,8}[HMSmun]$`)
	escapedName = regexp.MustCompile(`^([^&]*&)*[^=&]*%`)
	pathName    = regexp.MustCompile(`^([^&]*&)*((model_?[sS]pec\.)?(name|version(_?[lL]abel)?)|model|label)([=&]|$)`)
	pairs       = regexp.MustCompile(`^([^=&]+=[^&]*(&[^=&]+=[^&]*)*)?$`)
	bodyField   = regexp.MustCompile(`^([^&]*&)*body[.=]`)
	saidTwice   = regexp.MustCompile(`^(.*&)?(dry.*&dry|wait.*&wait|expected.*&expected` +
		`|page_?[sS].*&page_?[sS]|page_?[tT].*&page_?[tT]|id.*&id|model.*&model)`)
	fieldName  = regexp.MustCompile(`^([^&]*&)*[^=&]*%([46]|[57][0-9aA]|5[fF]|2[eE]|3[0-9])`)
	openPath   = regexp.MustCompile(`^/v2(/|$)`)
	typedBody  = regexp.MustCompile(`^/v1/models/.*:predictTensors$`)
	notEncoded = regexp.MustCompile(`(?i)^\s*(identity)?\s*$`)
	noTime     = regexp.MustCompile(`^0+.$`)
	probed     = regexp.MustCompile(`/(live|ready)$`)
	lastSlash  = regexp.MustCompile(`/[^/:]+/$`)
)

// What the server says of such a path; it would not get as far, since Go writes no such message.
const notText = "the request's bytes are no message of this method: cut short, damaged, nested too deep, or text that is not" +
	" UTF-8"

const chosenByPath = "the query names a model, version or label, which a query does not choose: say it in the path, as" +
	" /v1/models/NAME/versions/2:predict or /v1/models/NAME/labels/stable:predict, or of an order in its body"

const noPairs = "the query has a name without a value, or no name: write each as NAME=VALUE with & between two, such as" +
	" ?dry_run=true&wait=true"

const bodyInQuery = "the query names body, which no query says: send it as the body of the request, and its type as the header" +
	" content-type"

const (
	// As Envoy has it in envoy.yaml: what a caller gets who names more.
	mostTimeout = 5 * time.Minute
	// Bodies may hold so many times the largest of them together.
	heldBodies = 8
)

var timeUnits = map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond,
	'u': time.Microsecond, 'n': time.Nanosecond}

// door stands before the generated code: it refuses what Envoy's routes refuse, and hands the rest over in the form that
// makes the generated code read it as Envoy does.
type door struct {
	next     http.Handler
	limit    size
	postOnly *regexp.Regexp
	getOnly  *regexp.Regexp
	held     *budget
}

func newDoor(next http.Handler, limit size, routes []route) door {
	var orders, probes []string
	for _, route := range routes {
		if route.method == http.MethodPost {
			orders = append(orders, route.expression(".+"))
		}
		if route.method == http.MethodGet && probed.MatchString(route.path) {
			probes = append(probes, route.expression(".+"))
		}
	}
	return door{next, limit, anyOf(orders), anyOf(probes), &budget{most: heldBodies * int64(limit)}}
}

func anyOf(expressions []string) *regexp.Regexp {
	return regexp.MustCompile("^(" + strings.Join(expressions, "|") + ")$")
}

func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if refused := d.refuse(r); refused != nil {
		if refused.allowed != "" {
			w.Header().Set("Allow", refused.allowed)
		}
		refused.write(w)
		return
	}
	prepared, body := d.prepared(w, r)
	defer body.release()
	d.next.ServeHTTP(w, prepared)
}

func (d door) refuse(r *http.Request) *failure {
	path := r.URL.EscapedPath()
	encoding := strings.Join(r.Header.Values("Content-Encoding"), ",")
	timeout, hasTimeout := r.Header["Grpc-Timeout"]
	inQuery := refuseQuery(path, r.URL.RawQuery)
	switch {
	case strings.Contains(r.URL.Path, "\x00"):
		return malformed("the path holds a zero byte")
	case !utf8.ValidString(r.URL.Path):
		return malformed(notText)
	case r.Method != http.MethodPost && r.Method != http.MethodOptions && d.postOnly.MatchString(path):
		return takes(http.MethodPost, r)
	case r.Method != http.MethodGet && r.Method != http.MethodOptions && d.getOnly.MatchString(path):
		return takes(http.MethodGet, r)
	case hasTimeout && !grpcTimeout.MatchString(timeout[0]):
		return malformed("grpc-timeout is a number of up to 8 digits and a unit, one of H M S m u n, such as 500m")
	case inQuery != nil:
		return inQuery
	case typedBody.MatchString(path) && !notEncoded.MatchString(encoding):
		return refusal(http.StatusUnsupportedMediaType, codes.Unimplemented, "UNSUPPORTED_OPERATION",
			"predictTensors takes no content-encoding; :predict and /v2 do")
	default:
		return nil
	}
}

// refuseQuery judges the query as it is written.
func refuseQuery(path, query string) *failure {
	switch open := openPath.MatchString(path); {
	case open && fieldName.MatchString(query):
		return malformed("the names in a query have no % for a letter, a digit, a dot or a _")
	case open:
		return nil
	case escapedName.MatchString(query):
		return malformed("the names in a query have no %")
	case pathName.MatchString(query):
		return malformed(chosenByPath)
	case !pairs.MatchString(query):
		return malformed(noPairs)
	case bodyField.MatchString(query):
		return malformed(bodyInQuery)
	case saidTwice.MatchString(query):
		return malformed("the query says something twice: give each name once, dry_run and dryRun being one name")
	default:
		return nil
	}
}

func (d door) prepared(w http.ResponseWriter, r *http.Request) (*http.Request, *requestBody) {
	query := queryOf(r.URL.RawQuery)
	r = r.WithContext(context.WithValue(r.Context(), queryKey{}, query))
	r.URL = asWritten(*r.URL)
	// Else the generated code would take a body of the type that curl -d names for a form.
	r.Form, r.PostForm = query, url.Values{}
	r.Header = r.Header.Clone()
	timeout := heeded(r.Header.Get("Grpc-Timeout"))
	r.Header.Set("Grpc-Timeout", timeout)
	body := &requestBody{
		Reader:      http.MaxBytesReader(w, r.Body, int64(d.limit)),
		Closer:      r.Body,
		contentType: r.Header.Get("Content-Type"),
		limit:       d.limit,
		held:        d.held,
	}
	if r.Body != http.NoBody {
		body.connection = http.NewResponseController(w)
		body.waitUntil(time.Now().Add(patienceOf(timeout)))
	}
	r.Body = body
	return r, body
}

// heeded is the grpc-timeout that holds, of the one that a caller names.
func heeded(timeout string) string {
	switch {
	case timeout == "":
		return "30S"
	case noTime.MatchString(timeout):
		return "1n" // the generated code takes 0 for no deadline
	case patienceOf(timeout) == mostTimeout:
		return "5M"
	default:
		return timeout
	}
}

// patienceOf is how long a grpc-timeout says, and no longer than Envoy lets it. The timeout is one that the door lets pass.
func patienceOf(timeout string) time.Duration {
	unit := timeUnits[timeout[len(timeout)-1]]
	number, err := strconv.Atoi(timeout[:len(timeout)-1])
	if err != nil || time.Duration(number) > mostTimeout/unit {
		return mostTimeout
	}
	return time.Duration(number) * unit
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

// requestBody is a body that knows its content type, which the marshaler needs, and why it could not be read.
type requestBody struct {
	io.Reader
	io.Closer
	contentType string
	limit       size
	held        *budget
	taken       int64
	connection  *http.ResponseController // nil without a body
	refused     *failure
}

func (b *requestBody) Read(into []byte) (int, error) {
	read, err := b.Reader.Read(into)
	b.taken += int64(read)
	if !b.held.take(int64(read)) {
		b.refused = overloaded()
		return 0, errors.New("too many bodies at once")
	}
	var above *http.MaxBytesError
	switch {
	case err == io.EOF:
		b.waitUntil(time.Time{}) // the answer may take longer, and the connection is watched meanwhile
	case errors.As(err, &above):
		b.refused = tooLarge(b.limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.refused = bodyTooLate()
	}
	return read, err
}

// waitUntil ends the reading of a body that does not come, which the deadline of its call would not. No time is for ever.
func (b *requestBody) waitUntil(end time.Time) {
	if b.connection == nil {
		return
	}
	if err := b.connection.SetReadDeadline(end); err != nil && !errors.Is(err, http.ErrNotSupported) {
		log.Printf("cannot bound the time of a body: %v", err)
	}
}

func (b *requestBody) release() {
	b.held.give(b.taken)
}

// budget is how many bytes the bodies of all calls may hold together.
type budget struct {
	most int64
	held atomic.Int64
}

// take counts bytes that were read, and tells whether they are within the budget; they are to be given back in any case.
func (b *budget) take(bytes int64) bool {
	return b.held.Add(bytes) <= b.most
}

func (b *budget) give(bytes int64) {
	b.held.Add(-bytes)
}
