// SPDX-License-Identifier: EUPL-1.2

// Command visitor is what the tests send to the doors of an agent that was installed: a page with a WebSocket, and a
// browser that loads the module. It is no browser, and part of no release.
package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "page":
		return page(args[1], args[2])
	case len(args) == 2 && args[0] == "module":
		return module(args[1])
	case len(args) == 2 && args[0] == "take":
		return take(args[1])
	}
	return errors.New("visitor page ORIGIN PORT | module DLL | take SOCKET")
}

// page says hello.
func page(origin, port string) error {
	dialer := websocket.Dialer{Subprotocols: []string{"ponte.v1"}, HandshakeTimeout: time.Minute}
	ws, answer, err := dialer.Dial("ws://127.0.0.1:"+port+"/v1", http.Header{"Origin": {origin}})
	if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("refused: %d", answer.StatusCode)
	}
	if err != nil {
		return err
	}
	defer ws.Close()
	hello := `{"jsonrpc":"2.0","id":1,"method":"bridge.hello","params":{"protocol":1,"client":{"name":"visitor","version":"1"}}}`
	if err := errors.Join(ws.SetReadDeadline(time.Now().Add(time.Minute)), ws.WriteMessage(websocket.TextMessage, []byte(hello))); err != nil {
		return err
	}
	_, message, err := ws.ReadMessage()
	fmt.Printf("%s\n", message)
	return err
}
