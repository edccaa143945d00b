package main

import (
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Who refuses it first, and says so: the path's names and the body are no query's, and what only :predict takes is refused
// for itself.
var refusedTwice = regexp.MustCompile("twice|more than once|too many values|only :predict takes it|a query does not choose")

// envoy.yaml lists the names, for its regular expressions cannot say "the same again". Whoever adds a field adds it there.
func TestEachNameInAQuery_isRefusedTwice(t *testing.T) {
	envoy := needed(t, "MILLRACE_REST")
	gateway := startGateway(t, needed(t, "MILLRACE_GRPC"))
	asked := 0
	for _, route := range routes() {
		if openPath.MatchString(route.path) {
			continue
		}
		path := variable.ReplaceAllString(strings.Replace(route.path, "{version}", "1", 1), "tiny")
		for _, query := range twice(route.takes, "", "") {
			asked++
			sent := row{method: route.method, path: path + "?" + query}
			for _, address := range []string{envoy, gateway} {
				refused := send(t, address, sent)
				if refused.status != 400 || !refusedTwice.Match(refused.body) {
					t.Errorf("%s %s at %s: %d %s", sent.method, sent.path, address, refused.status, refused.body)
				}
			}
		}
	}
	if asked < 30 {
		t.Errorf("only %d queries were found", asked)
	}
}

// twice has a query for each field that takes one value, in both of its spellings.
func twice(message protoreflect.MessageDescriptor, snake, camel string) []string {
	var queries []string
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		named, spelled := snake+string(field.Name()), camel+field.JSONName()
		switch {
		case field.IsList() || field.IsMap() || field.Name() == "body":
		case field.Message() != nil:
			queries = append(queries, twice(field.Message(), named+".", spelled+".")...)
		default:
			queries = append(queries, named+"=1&"+spelled+"=1")
		}
	}
	return queries
}
