package main

import (
	"fmt"
	"math"
)

// most is what one message of gRPC can hold.
const most = math.MaxInt32

// size is a number of bytes, written as the server's settings are: 64MiB.
type size int64

var units = []struct {
	name  string
	bytes size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

func (s size) String() string {
	for _, unit := range units {
		if s%unit.bytes == 0 {
			return fmt.Sprintf("%d%s", s/unit.bytes, unit.name)
		}
	}
	return ""
}

// Set reads the flag.
func (s *size) Set(text string) error {
	var number size
	var name string
	if _, err := fmt.Sscanf(text, "%d%s", &number, &name); err == nil && number > 0 {
		for _, unit := range units {
			if unit.name == name && number <= most/unit.bytes {
				*s = number * unit.bytes
				return nil
			}
		}
	}
	return fmt.Errorf("'%s' is no size; write a number and B, KiB, MiB or GiB, such as 64MiB, below 2GiB in all", text)
}
