package main

// TensorFlow Serving's classify and regress.

const (
	flower  = `{"examples":[{"features":[5.1,3.5,1.4,0.2]}]}`
	patient = `{"examples":[{"features":[0,0,0,0,0,0,0,0,0,0]}]}`
)

var exampleRows = []row{
	post("/v1/models/iris:classify", flower, 200),
	post("/v1/models/iris/versions/1:classify", flower, 200),
	post("/v1/models/iris/labels/stable:classify", flower, 200).after(stable("iris", "1")),
	post("/v1/models/iris:classify", `{"examples":[{"features":[5.1]}]}`, 400),
	post("/v1/models/iris:classify", "", 400),
	post("/v1/models/nope:classify", flower, 404),
	get("/v1/models/iris:classify", 405),
	post("/v1/models/diabetes:regress", patient, 200),
	post("/v1/models/diabetes/versions/2:regress", patient, 200),
	post("/v1/models/diabetes/labels/stable:regress", patient, 200).after(stable("diabetes", "2")),
	post("/v1/models/diabetes:regress", "{tru", 400),
	get("/v1/models/diabetes:regress", 405),
}

func stable(model, version string) row {
	return post("/v1/models/"+model+":setLabel", `{"label":"stable","version":`+version+`}`, 200)
}
