package main

import (
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// route is one HTTP rule of the protocols, such as POST /v1/models/{name}:load.
type route struct {
	call   string // by gRPC, such as /millrace.v1.ModelService/LoadModel
	method string
	path   string
	body   string // the field that takes the body, * for the whole message, empty for none
	takes  protoreflect.MessageDescriptor
}

var variable = regexp.MustCompile(`\{([^}=]+)[^}]*}`)

// routes reads the rules from the annotations, which are linked in with the stubs.
func routes() []route {
	var all []route
	protoregistry.GlobalFiles.RangeFilesByPackage("millrace.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				all = append(all, routesOf(methods.Get(j))...)
			}
		}
		return true
	})
	return all
}

func routesOf(method protoreflect.MethodDescriptor) []route {
	rule := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule.GetPattern() == nil {
		return nil
	}
	var all []route
	for _, binding := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		verb, path := pattern(binding)
		call := "/" + string(method.Parent().FullName()) + "/" + string(method.Name())
		all = append(all, route{call: call, method: verb, path: path, body: binding.GetBody(), takes: method.Input()})
	}
	return all
}

func pattern(rule *annotations.HttpRule) (method, path string) {
	switch rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return "GET", rule.GetGet()
	case *annotations.HttpRule_Put:
		return "PUT", rule.GetPut()
	case *annotations.HttpRule_Post:
		return "POST", rule.GetPost()
	case *annotations.HttpRule_Delete:
		return "DELETE", rule.GetDelete()
	case *annotations.HttpRule_Patch:
		return "PATCH", rule.GetPatch()
	default:
		return rule.GetCustom().GetKind(), rule.GetCustom().GetPath()
	}
}

// variables names the fields that the path sets, such as model_spec.name.
func (r route) variables() []string {
	var names []string
	for _, match := range variable.FindAllStringSubmatch(r.path, -1) {
		names = append(names, match[1])
	}
	return names
}

// pattern is how grpc-gateway writes the route: POST /v1/models/{name=*}:load.
func (r route) pattern() string {
	return r.method + " " + variable.ReplaceAllString(r.path, "{$1=*}")
}

// matches tells whether a path, without its query, is one of the route's.
func (r route) matches(method, path string) bool {
	return method == r.method && regexp.MustCompile("^"+r.expression("[^/]+")+"$").MatchString(path)
}

// expression is one for the route's paths, with an expression for each variable.
func (r route) expression(value string) string {
	literals := variable.Split(r.path, -1)
	for i, literal := range literals {
		literals[i] = regexp.QuoteMeta(literal)
	}
	return strings.Join(literals, value)
}
