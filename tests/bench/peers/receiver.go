// The receiver in Go, on FastCGI, with the standard library and its defaults: a
// goroutine a request, on all cores. OUTPUT is the file that the users go to;
// FDATASYNC=1: they are on disk before the answer.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"syscall"
)

func main() {
	// One write a request: appended as a whole.
	file, err := os.OpenFile(os.Getenv("OUTPUT"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0600)
	if err != nil {
		log.Fatal(err)
	}
	fdatasync := os.Getenv("FDATASYNC") == "1"
	listener, err := net.Listen("unix", os.Getenv("SOCKET"))
	if err != nil {
		log.Fatal(err)
	}
	receive := func(w http.ResponseWriter, r *http.Request) {
		var users []json.RawMessage
		if err := json.Unmarshal([]byte(r.PostFormValue("users")), &users); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var lines bytes.Buffer
		for _, user := range users {
			var known struct {
				DistinctID json.RawMessage `json:"$distinct_id"`
			}
			if err := json.Unmarshal(user, &known); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			if known.DistinctID == nil {
				http.Error(w, "a user has no $distinct_id", http.StatusBadRequest)
				return
			}
			if err := json.Compact(&lines, user); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			lines.WriteByte('\n')
		}
		_, err := file.Write(lines.Bytes())
		if err == nil && fdatasync {
			err = syscall.Fdatasync(int(file.Fd()))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "stored %d users\n", len(users))
	}
	log.Fatal(fcgi.Serve(listener, http.HandlerFunc(receive)))
}
