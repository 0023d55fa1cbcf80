// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows/svc"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/service/sessions"
)

// programs are what runs in each session. The tray would start an agent of its own if it came before.
var programs = []sessions.Program{
	{Name: "ponte.exe", Args: []string{"run"}},
	{Name: "ponte-tray.exe", After: 3 * time.Second},
}

// addRun adds what Windows starts. kardianos/service has no notifications of sessions, and takes a service of wine for a
// program that somebody has started by hand.
func addRun(c *cobra.Command) {
	c.AddCommand(&cobra.Command{
		Use: "run", Hidden: true, Args: cli.NoArguments,
		RunE: func(*cobra.Command, []string) error { return svc.Run(serviceName, &windowsService{}) },
	})
}

type windowsService struct{}

// Execute runs from the start of the service to its end.
func (*windowsService) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	status <- svc.Status{State: svc.StartPending}
	log, closeLog := openEventLog()
	defer closeLog()
	self, err := os.Executable()
	if err != nil {
		log.Error("the service does not know where it is", "err", err)
		return true, 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	changed := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		keeper := sessions.Keeper{System: sessions.Windows{Folder: filepath.Dir(self)}, Programs: programs, Log: log}
		keeper.Run(ctx, changed)
	}()
	log.Info("service started")
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown | svc.AcceptSessionChange}
	status <- running
	for r := range requests {
		switch r.Cmd {
		case svc.Interrogate:
			status <- running
		case svc.SessionChange: // which one, and how, is asked of Windows: the notification is gone by now
			select {
			case changed <- struct{}{}:
			default:
			}
		case svc.Stop, svc.Shutdown:
			status <- svc.Status{State: svc.StopPending}
			cancel()
			<-done
			log.Info("service stopped")
			return false, 0
		}
	}
	cancel()
	<-done
	return false, 0
}
