package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// queryParser reads queries as Envoy does: what a path can say, a query cannot, and what no field takes is refused, but
// under /v2 passed over. grpc-gateway by itself would let ?version=7 choose a version and ignore what it does not know.
type queryParser struct {
	ignored   map[string]bool                           // what paths say, in camel case
	wholeBody map[string]bool                           // calls whose message is the whole body
	open      map[string]protoreflect.MessageDescriptor // by the patterns under /v2, the messages of their calls
}

type queryKey struct{}

var (
	lowerAfterUnderscore = regexp.MustCompile(`_([a-z])`)
	escape               = regexp.MustCompile(`%([0-9a-fA-F]{2})?`)
)

func newQueryParser(routes []route) *queryParser {
	parser := &queryParser{
		ignored:   map[string]bool{},
		wholeBody: map[string]bool{},
		open:      map[string]protoreflect.MessageDescriptor{},
	}
	parents := map[string]bool{"": true}
	for _, route := range routes {
		if route.body == "*" {
			parser.wholeBody[route.call] = true
		}
		if openPath.MatchString(route.path) {
			parser.open[route.pattern()] = route.takes
		}
		for _, name := range route.variables() {
			parser.ignored[camelCase(name)] = true
			if at := strings.LastIndex(name, "."); at >= 0 {
				parents[name[:at+1]] = true
			}
		}
	}
	// Where a path says model_spec.name, a query says no model_spec.version either.
	for name := range maps.Clone(parser.ignored) {
		for parent := range parents {
			parser.ignored[camelCase(parent+name)] = true
		}
	}
	return parser
}

func camelCase(name string) string {
	return lowerAfterUnderscore.ReplaceAllStringFunc(name, func(match string) string {
		return strings.ToUpper(match[1:])
	})
}

// queryOf reads what Go by itself would leave out, and with it a dry_run=true; that unloads: ; and a % that escapes nothing.
func queryOf(written string) url.Values {
	written = escape.ReplaceAllStringFunc(written, func(match string) string {
		if match == "%" {
			return "%25"
		}
		return match
	})
	values, _ := url.ParseQuery(strings.ReplaceAll(written, ";", "%3B"))
	return values
}

// passOver takes out of a query under /v2 what its call does not know, as Triton does.
func (p *queryParser) passOver(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, variables map[string]string) {
		pattern, _ := runtime.HTTPPattern(r.Context())
		message, open := p.open[r.Method+" "+pattern.String()]
		if open {
			known := maps.Clone(r.Form)
			maps.DeleteFunc(known, func(name string, _ []string) bool { return !hasField(message, name) })
			r = r.WithContext(context.WithValue(r.Context(), queryKey{}, known))
			r.Form = known
		}
		next(w, r, variables)
	}
}

// Parse is called by the generated code where neither path nor body take all fields of the message.
func (p *queryParser) Parse(message proto.Message, values url.Values, filter *utilities.DoubleArray) error {
	heeded, err := p.heeded(message, values)
	if err != nil {
		return err
	}
	return (&runtime.DefaultQueryParser{}).Parse(message, heeded, filter)
}

// heeded is what of a query is for the message.
func (p *queryParser) heeded(message proto.Message, values url.Values) (url.Values, error) {
	heeded := url.Values{}
	descriptor := message.ProtoReflect().Descriptor()
	for name, texts := range values {
		if p.ignored[camelCase(name)] {
			continue
		}
		if !hasField(descriptor, name) {
			return nil, fmt.Errorf("Could not find field \"%s\" in the type \"%s\".", name, descriptor.FullName())
		}
		if !utf8.ValidString(strings.Join(texts, "")) {
			return nil, fmt.Errorf("query parameter %s is not UTF-8", name)
		}
		// Both spellings are one name, whose second value the parser refuses.
		heeded[camelCase(name)] = append(heeded[camelCase(name)], texts...)
	}
	return heeded, nil
}

func hasField(message protoreflect.MessageDescriptor, path string) bool {
	fields := message.Fields()
	for i, name := range strings.Split(path, ".") {
		if i > 0 && fields == nil {
			return false
		}
		field := fields.ByTextName(name)
		if field == nil {
			field = fields.ByJSONName(name)
		}
		if field == nil {
			return false
		}
		fields = nil
		if field.Message() != nil {
			fields = field.Message().Fields()
		}
	}
	return true
}

// interceptor sees the calls whose query the generated code does not look at.
func (p *queryParser) interceptor(ctx context.Context, method string, request, reply any,
	connection *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	message := request.(proto.Message)
	query, _ := ctx.Value(queryKey{}).(url.Values)
	heeded, err := p.heeded(message, query)
	if err == nil && p.wholeBody[method] {
		err = (&runtime.DefaultQueryParser{}).Parse(message, heeded, &utilities.DoubleArray{})
	}
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return invoke(ctx, method, request, reply, connection, options...)
}
