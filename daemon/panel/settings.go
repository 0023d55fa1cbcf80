// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"net/http"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
)

// settings is what the agent answers to settings.get.
type settings struct {
	File     string    `json:"file"`
	Settings []setting `json:"settings"`
	Mistake  *mistake  `json:"mistake"`
}

// setting is one of them.
type setting struct {
	Key     string   `json:"key"`
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Values  []string `json:"values"`
	Managed bool     `json:"managed"`
	Restart bool     `json:"restart"` // acts when the agent is started again
}

// mistake is what is wrong in a file of settings.
type mistake struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// settingView is one setting as a form shows it.
type settingView struct {
	Key, Name, Help, Value string
	Choices                []choice
	Managed, Restart       bool
}

// choice is one value of a setting.
type choice struct {
	Value, Name string
	Chosen      bool
}

// settingsView is the page of the settings.
type settingsView struct {
	Settings []settingView
	Mistake  *mistake
	File     string
}

// programSetting names the program that the PIN is typed into. The page shows it and does not change it: else who has stolen
// a visit could have the agent start a program.
const programSetting = "pinentry_program"

// settingTexts are the settings that the page shows, with their names and what they do.
var settingTexts = map[string][2]words.Text{
	"language":                {words.PanelSetLanguage, words.PanelSetLanguageHelp},
	"websocket":               {words.PanelSetWebSocket, words.PanelSetWebSocketHelp},
	"websocket_unknown_sites": {words.PanelSetUnknown, words.PanelSetUnknownHelp},
	"signatures":              {words.SignSetting, words.SignSettingHelp},
	"tls_module":              {words.PanelSetTLS, words.PanelSetTLSHelp},
	"pin_pad":                 {words.CardsSetPad, words.CardsSetPadHelp},
	"developer_mode":          {words.PanelSetDeveloper, words.PanelSetDeveloperHelp},
	"log_level":               {words.PanelSetLog, words.PanelSetLogHelp},
	programSetting:            {words.PanelSetDialog, words.PanelSetDialogHelp},
}

// valueTexts are the values in words, with the key where a value means another thing with another.
var valueTexts = map[string]words.Text{
	"language:": words.PanelValueComputer, "websocket:on": words.PanelValueOn, "websocket:off": words.PanelValueOff,
	"websocket_unknown_sites:ask": words.PanelValueAsk, "websocket_unknown_sites:refuse": words.PanelValueRefuse,
	"signatures:on": words.PanelValueOn, "signatures:off": words.PanelValueOff,
	"tls_module:on": words.PanelValueOn, "tls_module:off": words.PanelValueOff,
	"pin_pad:auto": words.CardsPadAuto, "pin_pad:off": words.CardsPadOff,
	"developer_mode:true": words.PanelValueOn, "developer_mode:false": words.PanelValueOff,
	"log_level:error": words.PanelValueError, "log_level:warn": words.PanelValueWarn, "log_level:info": words.PanelValueInfo,
	"log_level:debug": words.PanelValueDebug, "pinentry_program:": words.PanelValueDesktop,
}

// languageNames are written in their own language, so that everybody finds theirs.
var languageNames = map[string]string{"it": "Italiano", "en": "English", "de": "Deutsch"}

func (p *panel) settingsPage(w http.ResponseWriter, r *http.Request, s *session) {
	f := p.frame(r, s, "settings")
	var all settings
	f.failed(p.ask(r.Context(), control.SettingsGet, nil, &all))
	v := settingsView{File: plain(all.File, maxText)}
	if m := all.Mistake; m != nil {
		v.Mistake = &mistake{plain(m.File, maxText), m.Line, plain(m.Message, maxText)}
	}
	for _, x := range all.Settings {
		texts, ok := settingTexts[x.Key]
		if !ok {
			continue // of an agent that knows more
		}
		v.Settings = append(v.Settings, settingOf(f.words, x, f.words.T(texts[0], nil), f.words.T(texts[1], nil)))
	}
	f.Body = v
	p.show(w, f)
}

func settingOf(w *words.Words, x setting, name, help string) settingView {
	v := settingView{Key: x.Key, Name: name, Help: help, Managed: x.Managed, Restart: x.Restart, Value: valueName(w, x.Key, x.Value)}
	values := x.Values
	if x.Key == "language" {
		values = append([]string{""}, values...)
	}
	chosen := x.Value
	if chosen == "" {
		chosen = x.Default
		v.Value = valueName(w, x.Key, chosen)
	}
	if len(x.Values) == 0 {
		return v // any text: shown, and changed in the file
	}
	for _, value := range values {
		v.Choices = append(v.Choices, choice{value, valueName(w, x.Key, value), value == chosen})
	}
	return v
}

func valueName(w *words.Words, key, value string) string {
	if id, ok := valueTexts[key+":"+value]; ok {
		return w.T(id, nil)
	}
	if name, ok := languageNames[value]; ok && key == "language" {
		return name
	}
	return plain(value, maxText)
}

func (p *panel) changeSetting(w http.ResponseWriter, r *http.Request, s *session) {
	key, value := r.PostForm.Get("key"), r.PostForm.Get("value")
	if _, ok := settingTexts[key]; !ok || key == programSetting || len(value) > maxText {
		p.refuse(w, http.StatusBadRequest)
		return
	}
	err := p.ask(r.Context(), control.SettingsSet, control.SettingParams{Key: key, Value: value}, nil)
	p.tell(r, s, words.PanelSettingKept, nil, err) // in the language that was just chosen
	p.redirect(w, "/settings")
}

func (p *panel) aboutPage(w http.ResponseWriter, r *http.Request, s *session) {
	p.show(w, p.frame(r, s, "about"))
}
