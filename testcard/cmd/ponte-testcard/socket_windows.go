// SPDX-License-Identifier: EUPL-1.2

package main

import "net"

// listenPrivate: on Windows the directory of the socket decides who may use it.
func listenPrivate(path string) (net.Listener, error) { return net.Listen("unix", path) }
