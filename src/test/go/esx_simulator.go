// A VMware ESX host that isn't there, for libvirt's ESX driver: govmomi's simulator of vSphere's API, which leaves out what
// libvirt needs, and doesn't fail the way a host does. EsxSimulator.java builds it and runs it.
//
// It prints the address on which it listens. Then each line on standard input is a command, and the line that it prints is the
// answer. It ends with its standard input.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
)

const user = "agent"

// What a request calls.
var method = regexp.MustCompile(`<soapenv:Body>\s*<(\w+)`)

// The traversal by which libvirt lists machines, and nothing else.
const listing = "hostSystemToVm"

// A host before the API of the simulator, which takes requests beside each other. The mutex guards the rest.
type host struct {
	model    *simulator.Model
	api      http.Handler
	mutex    sync.Mutex
	answers  *sync.Cond // no longer hangs
	hangs    bool
	hidden   []mo.Entity
	found    int             // machines looked up since the last listing
	hidesAt  int             // so many of them; 0 for never
	sessions map[string]bool // by their cookies
	calls    map[string]int  // by method; "listing" are those that list machines
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	h.admit(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	h.api.ServeHTTP(answer, r)
	h.keep(answer.Result().Cookies())
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(withTypes(answer.Body.Bytes()))
}

func (h *host) admit(r *http.Request, body []byte) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for h.hangs {
		h.answers.Wait()
	}
	if called := method.FindSubmatch(body); called != nil {
		h.calls[string(called[1])]++
		if string(called[1]) == "FindByUuid" {
			h.found++
		}
	}
	if bytes.Contains(body, []byte(listing)) {
		h.calls["listing"]++
		h.found = 0
	}
	if h.hidesAt > 0 && h.found >= h.hidesAt {
		h.hide()
	}
	if cookie, err := r.Cookie(soap.SessionCookieName); err == nil && !h.sessions[cookie.Value] {
		r.Header.Del("Cookie")
	}
}

func (h *host) keep(sessions []*http.Cookie) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, session := range sessions {
		h.sessions[session.Value] = true
	}
}

// withTypes adds xsi:type to the elements of arrays. A host writes it, the simulator doesn't, and libvirt demands it.
func withTypes(response []byte) []byte {
	var typed bytes.Buffer
	decoder := xml.NewDecoder(bytes.NewReader(response))
	inArray := []bool{false} // for each element that is open
	copied := 0
	for {
		begin := int(decoder.InputOffset())
		token, err := decoder.RawToken()
		if err != nil { // its end
			typed.Write(response[copied:])
			return typed.Bytes()
		}
		switch element := token.(type) {
		case xml.StartElement:
			kind := ""
			for _, attribute := range element.Attr {
				if attribute.Name.Space != "" && attribute.Name.Local == "type" { // the prefix is not always xsi
					kind = attribute.Value
				}
			}
			if name := element.Name.Local; kind == "" && inArray[len(inArray)-1] {
				end := begin + len("<"+name)
				typed.Write(response[copied:end])
				copied = end
				if unicode.IsLower(rune(name[0])) {
					name = "xsd:" + name // ArrayOfString and the like
				}
				fmt.Fprintf(&typed, " xsi:type=%q", name)
			}
			inArray = append(inArray, strings.HasPrefix(kind, "ArrayOf"))
		case xml.EndElement:
			inArray = inArray[:len(inArray)-1]
		}
	}
}

func (h *host) hide() {
	for _, machine := range simulator.Map.All("VirtualMachine") {
		simulator.Map.Remove(machine.Reference())
		h.hidden = append(h.hidden, machine)
	}
	h.hidesAt = 0
}

func (h *host) obey(command, argument string) string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	switch command {
	case "hide": // every machine, once all were listed and some looked up; nothing happens to them
		h.found = 0
		h.hidesAt = 3
		return "hides"
	case "show":
		for _, machine := range h.hidden {
			simulator.Map.Put(machine)
		}
		h.hidden = nil
		return "shown"
	case "expire": // every session
		h.sessions = map[string]bool{}
		return "expired"
	case "password": // the only one from now on
		h.model.Service.Listen.User = url.UserPassword(user, argument)
		return "changed"
	case "hang": // takes requests, and answers none
		h.hangs = true
		return "hangs"
	case "answer": // those too that it took meanwhile
		h.hangs = false
		h.answers.Broadcast()
		return "answers"
	case "calls": // of one method, so far
		return fmt.Sprint(h.calls[argument])
	}
	return "unknown command " + command
}

func main() {
	machines := flag.Int("machines", 3, "how many, all of them powered on")
	password := flag.String("password", "", "of the user "+user)
	secure := flag.Bool("tls", false, "with a certificate that nobody trusts")
	flag.Parse()

	model := simulator.ESX()
	model.Machine = *machines
	if err := model.Create(); err != nil {
		panic(err)
	}
	defer model.Remove()
	model.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(user, *password)}
	if *secure {
		model.Service.TLS = new(tls.Config)
	}
	server := model.Service.NewServer()
	h := &host{model: model, api: server.Config.Handler, sessions: map[string]bool{}, calls: map[string]int{}}
	h.answers = sync.NewCond(&h.mutex)
	server.Config.Handler = h
	fmt.Println(server.URL.Host)

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		command, argument, _ := strings.Cut(lines.Text(), " ")
		fmt.Println(h.obey(command, argument))
	}
}
