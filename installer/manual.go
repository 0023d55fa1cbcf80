// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// page is what a manual page says beside what the program says of itself.
type page struct {
	lang, dir                                            string // dir is that of man(1) for the language
	title, synopsis, description, commands, files, exits string
	intro                                                string
	filesText, exitsText                                 [][2]string
	tray, trayText                                       string
}

var pages = []page{
	{
		lang: "en_US.UTF-8", dir: "/usr/share/man/man1",
		title: "NAME", synopsis: "SYNOPSIS", description: "DESCRIPTION", commands: "COMMANDS", files: "FILES", exits: "EXIT STATUS",
		intro: "Ponte lets web portals use the chip of the Italian health card (TS-CNS). The agent, ponte run, is started by the " +
			"session or by the browser. The PIN is asked by its own dialogs, and never on the command line.",
		filesText: [][2]string{
			{"~/.config/ponte/config.toml", "the user's settings"},
			{"/etc/ponte/policy.toml", "the administrator's settings, which win"},
			{"~/.local/state/ponte/", "the logs and the remembered sites; no names and no PIN"},
		},
		exitsText: [][2]string{{"0", "done"}, {"1", "failed"}, {"2", "wrong usage"}, {"3", "a problem of card or reader"}, {"4", "cancelled"}},
		tray:      "the icon of Ponte on the desktop",
		trayText:  "Shows the state of the health card and a menu. It is started with the session, takes no arguments and is not needed for logins.",
	},
	{
		lang: "it_IT.UTF-8", dir: "/usr/share/man/it/man1",
		title: "NOME", synopsis: "SINTASSI", description: "DESCRIZIONE", commands: "COMANDI", files: "FILE", exits: "CODICE DI USCITA",
		intro: "Ponte permette ai portali web di usare il chip della tessera sanitaria (TS-CNS). L'agente, ponte run, è avviato " +
			"dalla sessione o dal browser. Il PIN si scrive nelle finestre di Ponte, mai sulla riga di comando.",
		filesText: [][2]string{
			{"~/.config/ponte/config.toml", "le impostazioni dell'utente"},
			{"/etc/ponte/policy.toml", "le impostazioni dell'amministratore, che prevalgono"},
			{"~/.local/state/ponte/", "i registri e i siti ricordati; nessun nome e nessun PIN"},
		},
		exitsText: [][2]string{{"0", "fatto"}, {"1", "non riuscito"}, {"2", "uso sbagliato"}, {"3", "problema della tessera o del lettore"}, {"4", "annullato"}},
		tray:      "l'icona di Ponte sul desktop",
		trayText:  "Mostra lo stato della tessera sanitaria e un menu. Si avvia con la sessione, senza argomenti, e non serve per gli accessi.",
	},
	{
		lang: "de_DE.UTF-8", dir: "/usr/share/man/de/man1",
		title: "BEZEICHNUNG", synopsis: "ÜBERSICHT", description: "BESCHREIBUNG", commands: "BEFEHLE", files: "DATEIEN", exits: "EXIT-STATUS",
		intro: "Mit Ponte verwenden Webportale den Chip der italienischen Gesundheitskarte (TS-CNS). Der Agent, ponte run, wird von " +
			"der Sitzung oder vom Browser gestartet. Die PIN wird in Fenstern von Ponte eingegeben, nie auf der Befehlszeile.",
		filesText: [][2]string{
			{"~/.config/ponte/config.toml", "die Einstellungen des Benutzers"},
			{"/etc/ponte/policy.toml", "die Einstellungen des Administrators, die Vorrang haben"},
			{"~/.local/state/ponte/", "die Protokolle und die gemerkten Websites; keine Namen und keine PIN"},
		},
		exitsText: [][2]string{{"0", "erledigt"}, {"1", "fehlgeschlagen"}, {"2", "falscher Aufruf"}, {"3", "Problem mit Karte oder Lesegerät"}, {"4", "abgebrochen"}},
		tray:      "das Symbol von Ponte auf dem Desktop",
		trayText:  "Zeigt den Zustand der Gesundheitskarte und ein Menü. Es startet mit der Sitzung, ohne Argumente, und wird für Anmeldungen nicht gebraucht.",
	},
}

// manual puts the manual pages, in each language: what the program's own --help says, command by command.
func (r *release) manual(ctx context.Context, t tree, native string) error {
	for _, p := range pages {
		root, err := r.help(ctx, native, p.lang)
		if err != nil {
			return err
		}
		if len(root.commands) < 10 {
			return fmt.Errorf("only %d commands were found in the help of ponte", len(root.commands))
		}
		var b bytes.Buffer
		p.head(&b, r, "ponte", root.about)
		p.section(&b, p.synopsis, ".B ponte\n"+escaped(strings.TrimPrefix(root.usage[0], "ponte")))
		p.section(&b, p.description, escaped(p.intro))
		p.section(&b, p.commands, "")
		if err := r.describe(ctx, &b, native, p.lang, root); err != nil {
			return err
		}
		p.section(&b, p.files, definitions(p.filesText))
		p.section(&b, p.exits, definitions(p.exitsText))
		t.put(p.dir+"/ponte.1.gz", compressed(b.Bytes()))

		b.Reset()
		p.head(&b, r, "ponte-tray", p.tray)
		p.section(&b, p.synopsis, ".B ponte-tray")
		p.section(&b, p.description, escaped(p.trayText))
		t.put(p.dir+"/ponte-tray.1.gz", compressed(b.Bytes()))
	}
	return nil
}

func (p page) head(b *bytes.Buffer, r *release, name, about string) {
	fmt.Fprintf(b, ".TH %s 1 %s \"Ponte %s\"\n", strings.ToUpper(strings.ReplaceAll(name, "-", `\-`)), r.time().Format("2006-01-02"), r.version)
	p.section(b, p.title, escaped(name)+` \- `+escaped(strings.TrimPrefix(about, "Ponte: ")))
}

func (page) section(b *bytes.Buffer, title, text string) {
	fmt.Fprintf(b, ".SH %s\n", title)
	if text != "" {
		fmt.Fprintln(b, text)
	}
}

func definitions(list [][2]string) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", escaped(d[0]), escaped(d[1]))
	}
	return strings.TrimRight(b.String(), "\n")
}

// helpText is what --help of one command says.
type helpText struct {
	path     []string // the command
	about    string
	usage    []string
	commands []string
	options  [][2]string
}

// help asks a command of ponte for its help, and reads it: a sentence, then paragraphs with a title that ends with a colon.
func (r *release) help(ctx context.Context, native, lang string, path ...string) (helpText, error) {
	env := append(r.nobody(), "LC_ALL=", "LANG="+lang)
	out, err := r.command(ctx, env, filepath.Join(native, "ponte"), append(path, "--help")...)
	if err != nil {
		return helpText{}, err
	}
	h := helpText{path: path}
	paragraphs := strings.Split(string(out), "\n\n")
	h.about = strings.TrimSpace(paragraphs[0])
	for _, paragraph := range paragraphs[1:] {
		for _, line := range strings.Split(paragraph, "\n") {
			name, text, _ := strings.Cut(strings.TrimSpace(line), "  ")
			switch {
			case !strings.HasPrefix(line, "  "):
			case strings.HasPrefix(name, "-"):
				h.options = append(h.options, [2]string{name, strings.TrimSpace(text)})
			case strings.HasPrefix(name, "ponte"):
				h.usage = append(h.usage, name)
			default:
				word, _, _ := strings.Cut(name, " ")
				h.commands = append(h.commands, word)
			}
		}
	}
	if h.about == "" || len(h.usage) == 0 {
		return h, fmt.Errorf("the help of %q has another form than expected", path)
	}
	return h, nil
}

// describe writes the commands below one, in their order.
func (r *release) describe(ctx context.Context, b *bytes.Buffer, native, lang string, above helpText) error {
	for _, name := range above.commands {
		if name == "help" || name == "completion" {
			continue
		}
		h, err := r.help(ctx, native, lang, append(append([]string{}, above.path...), name)...)
		if err != nil {
			return err
		}
		if len(h.commands) == 0 || len(h.usage) > 1 {
			fmt.Fprintf(b, ".SS %s\n%s\n", escaped(h.usage[0]), escaped(h.about))
			for _, o := range h.options {
				if !strings.HasPrefix(o[0], "-h, ") {
					fmt.Fprintf(b, ".TP\n.B %s\n%s\n", escaped(o[0]), escaped(o[1]))
				}
			}
		}
		if err := r.describe(ctx, b, native, lang, h); err != nil {
			return err
		}
	}
	return nil
}

// escaped is text for troff(7): no line of it is a request, and a hyphen is one that can be copied.
func escaped(s string) string {
	s = strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(s)
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, line := range lines {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}
