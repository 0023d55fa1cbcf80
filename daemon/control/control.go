// SPDX-License-Identifier: EUPL-1.2

// Package control is the agent's control socket as the citizen's own programs use it: the command line, the tray and the
// control page (PROTOCOL.md, section 7). It names the methods and what they answer. The agent that ships with it is the
// only other end, so nothing here is a contract with others.
package control

import (
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Methods of the control socket.
const (
	AgentInfo     = "agent.info"     // {} gives Info
	AgentWait     = "agent.wait"     // WaitParams gives Info, once it is another one
	AgentStop     = "agent.stop"     // {} gives {}
	CardInfo      = "card.info"      // {} gives []Card
	CardModules   = "card.modules"   // {} gives []Modules
	Login         = "login"          // LoginParams gives a protocol.Token
	PINChange     = "pin.change"     // PINParams gives {}; by dialogs
	PINUnblock    = "pin.unblock"    // PINParams gives {}; by dialogs
	SitesList     = "sites.list"     // {} gives []policy.Site
	SitesSet      = "sites.set"      // SiteParams gives {}
	SitesForget   = "sites.forget"   // SiteParams gives {}
	SitesRepair   = "sites.repair"   // {} gives Repaired; begins a damaged list anew with what can be read
	ActivityList  = "activity.list"  // ListParams gives []activity.Entry, the newest last
	ActivityClear = "activity.clear" // {} gives {}
	SettingsGet   = "settings.get"   // {} gives a policy.Report
	SettingsSet   = "settings.set"   // SettingParams gives {}
	DoctorRun     = "doctor.run"     // {} gives the checks of package doctor
	DoctorFix     = "doctor.fix"     // FixParams gives {}
	PanelOpen     = "panel.open"     // PanelParams gives Panel
	DocumentView  = "document.view"  // ViewParams gives Viewed
	ScreenLocked  = "screen.locked"  // {} gives {}; the tray has seen it
)

// Info answers agent.info. It holds nothing personal.
type Info struct {
	Version  string          `json:"version"`
	Language string          `json:"language"`
	Revision uint64          `json:"revision"` // another one whenever there is something new to show
	Busy     bool            `json:"busy"`     // a dialog is open, or the card is at work
	Card     protocol.Status `json:"card"`
	Advice   protocol.Advice `json:"advice"` // the same in words
}

// WaitParams are those of agent.wait.
type WaitParams struct {
	Seen uint64 `json:"seen"` // Revision of the last answer
}

// Card is one reader of card.info, and the card in it. It holds personal data.
type Card struct {
	Reader      string              `json:"reader"`
	State       protocol.CardState  `json:"state"`
	Problem     *protocol.Code      `json:"problem"`
	Family      string              `json:"family,omitempty"` // of a card that cannot be used, where it is known: cie, or its name
	Holder      string              `json:"holder,omitempty"`
	FiscalCode  string              `json:"fiscalCode,omitempty"`
	CardNumber  string              `json:"cardNumber,omitempty"`
	Issuer      string              `json:"issuer,omitempty"`
	NotBefore   time.Time           `json:"notBefore,omitzero"`
	NotAfter    time.Time           `json:"notAfter,omitzero"`
	PIN         *protocol.PINStatus `json:"pin,omitempty"`
	Certificate string              `json:"certificate,omitempty"` // PEM
}

// Modules is one reader of card.modules: what drives the card in it, and which PKCS#11 modules were tried.
type Modules struct {
	Reader string        `json:"reader"`
	ATR    string        `json:"atr,omitempty"` // in hexadecimal; none for a token that is in no reader
	Family string        `json:"family,omitempty"`
	Driver string        `json:"driver"` // ponte, module or none
	Module string        `json:"module,omitempty"`
	Tried  []ModuleTrial `json:"tried"`
}

// ModuleTrial is one module that was tried, or would be: see package pkcs11.
type ModuleTrial struct {
	Path    string `json:"path"`
	Source  string `json:"source"`
	Outcome string `json:"outcome"`
	Detail  string `json:"detail,omitempty"`
}

// LoginParams are those of login.
type LoginParams struct {
	Origin protocol.Origin `json:"origin"`
	Nonce  string          `json:"nonce"`
	Lang   string          `json:"lang,omitempty"`
}

// PINParams are those of pin.change and pin.unblock.
type PINParams struct {
	Lang string `json:"lang,omitempty"` // of the dialogs; empty for the citizen's own
}

// SiteParams are those of sites.set and sites.forget.
type SiteParams struct {
	Origin  protocol.Origin `json:"origin"`
	Allowed bool            `json:"allowed,omitempty"` // sites.set: allow it, else block it
}

// Repaired answers sites.repair.
type Repaired struct {
	Kept string `json:"kept,omitempty"` // where the damaged file is now; empty: nothing was damaged
}

// ListParams are those of activity.list.
type ListParams struct {
	Limit int `json:"limit,omitempty"` // the newest entries; 0 for all that fit into a message
}

// SettingParams are those of settings.set. An empty value takes the setting back.
type SettingParams struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// FixParams are those of doctor.fix.
type FixParams struct {
	ID string `json:"id"`
}

// PanelParams are those of panel.open.
type PanelParams struct {
	Page string `json:"page,omitempty"` // the page to show first; empty for the card
	Show bool   `json:"show,omitempty"` // open it in the citizen's browser
}

// Panel answers panel.open.
type Panel struct {
	URL   string `json:"url"`   // good for one visit
	Shown bool   `json:"shown"` // a browser was told to open it
}

// ViewParams are those of document.view.
type ViewParams struct {
	Key      string `json:"key"` // of the dialog that asks about the documents: the page that shows them has it in its address
	Document int    `json:"document"`
	Offset   int64  `json:"offset"`
}

// Viewed answers document.view: a piece of a document about which a dialog is open.
type Viewed struct {
	Name      string `json:"name"`
	Type      string `json:"type"` // by its bytes: pdf, xml, text, png, jpeg, p7m or other
	Size      int64  `json:"size"`
	Documents int    `json:"documents"` // of the request
	Data      []byte `json:"data"`
	End       bool   `json:"end"` // it is the last piece

	// These come with the first piece.
	Names    []string `json:"names,omitempty"`    // of all documents of the request
	Notes    []string `json:"notes,omitempty"`    // what to know of this one
	Reason   string   `json:"reason,omitempty"`   // what whoever asks has written into the signed document
	Location string   `json:"location,omitempty"` // the same
	Box      int      `json:"box,omitempty"`      // page of the visible signature
}
