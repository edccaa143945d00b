package main

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
)

// row is one request, and how Envoy and the gateway answer it: alike, unless it says how they differ.
type row struct {
	method, path string
	what         string   // tells apart rows with the same path
	headers      []string // such as "origin: http://example.org"
	body         string
	status       int
	before       []row    // what is done before each of the two calls
	volatile     []string // fields that differ between two calls anyhow
	differs      difference
}

// difference is one that README.md lists by its name.
type difference struct {
	name   string
	in     extent
	status int // of the gateway, 0 if it is the same
}

type extent int

const (
	inNothing extent = iota
	inWords          // the sentence of an error; its status, code and details are the same
	inAll
)

func get(path string, status int) row {
	return row{method: "GET", path: path, status: status}
}

func post(path, body string, status int) row {
	return row{method: "POST", path: path, body: body, what: body[:min(len(body), 60)], status: status}
}

func (r row) as(method string) row {
	r.method = method
	return r
}

func (r row) of(what string) row {
	r.what = what
	return r
}

func (r row) with(headers ...string) row {
	r.headers = headers
	r.what += strings.Join(headers, ", ")
	return r
}

func (r row) after(first ...row) row {
	r.before = first
	return r
}

func (r row) except(fields ...string) row {
	r.volatile = fields
	return r
}

func (r row) differing(name string, in extent) row {
	r.differs = difference{name: name, in: in}
	return r
}

// answered is for a gateway that answers another status than Envoy.
func (r row) answered(status int) row {
	r.differs.status = status
	return r
}

const (
	wording     = "words"
	unknownEnum = "unknown enum value"
	bodyName    = "body names another model"
	mediaType   = "media types"
	dots        = "dot segments"
	comma       = "trailing comma"
	noHTTP      = "not HTTP"
	bigHeader   = "large headers"
)

const (
	tensor = `{"inputs":[{"name":"x","dtype":"DT_FP32","shape":[1,2],"fp32_val":[1,2]}]}`
	rowsOf = `{"instances":[[1.0,2.0]]}`
	infer  = `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1.0,2.0]}]}`
)

// rows is the table. What changes models is done twice, so it leaves them as they are or says what comes before.
var rows = slices.Concat(modelRows, orderRows, tensorRows, predictRows, contentRows, exampleRows, openRows, tritonRows,
	generateRows, oddRows, limitRows)

// spaced is JSON with white space up to a length.
func spaced(json string, length int) string {
	return json[:len(json)-1] + strings.Repeat(" ", length-len(json)) + json[len(json)-1:]
}

func gzipped(text string) string {
	var bytes bytes.Buffer
	writer := gzip.NewWriter(&bytes)
	writer.Write([]byte(text))
	writer.Close()
	return bytes.String()
}
