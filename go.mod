module github.com/ponte-cns/ponte

go 1.26.0

require (
	github.com/BurntSushi/toml v1.6.0 // settings are TOML; says which key is unknown; not in std
	github.com/Microsoft/go-winio v0.6.4 // named pipes of Windows with a security descriptor; not in std
	github.com/ebfe/scard v0.0.0-20241214075232-7af069cabc25 // PC/SC on every system; never tagged, so pinned by commit
	github.com/getlantern/systray v1.2.2 // icon and menu of ponte-tray on every system; not in std
	github.com/godbus/dbus/v5 v5.2.4 // ponte-tray: desktop notifications, is the screen locked, is there a tray; not in std
	github.com/gorilla/websocket v1.5.3 // RFC 6455 framing of the second door; not in std
	github.com/kardianos/service v1.3.0 // ponte service: units of systemd and launchd, and services of Windows; not in std
	github.com/miekg/pkcs11 v1.1.2 // vendor modules, in the child process ponte-pkcs11 alone; not in std
	github.com/rogpeppe/go-internal v1.16.0 // tests only: scripts that run the command line (testscript)
	github.com/spf13/cobra v1.10.2 // command line with help, completion and man pages
	github.com/spf13/pflag v1.0.9 // the options of cobra, of which we write the help and the mistakes in three languages
	go.uber.org/goleak v1.3.0 // tests only: no goroutine outlives what started it
	golang.org/x/net v0.62.0 // idna: names of sites with accents, shown and typed; publicsuffix: who owns a site; not in std
	golang.org/x/sys v0.49.0 // who is at the other end of a socket; no core files; not in std
	golang.org/x/text v0.43.0 // normal forms of what dialogs show; not in std
)

require (
	codeberg.org/go-pdf/fpdf v0.11.1 // the demo portal writes the documents that citizens sign; not in std
	github.com/beevik/etree v1.8.1 // trusted list: XML as a tree, for goxmldsig; no entities are read
	github.com/redis/go-redis/v9 v9.23.0 // challenges shared by several instances of a portal
	github.com/russellhaering/goxmldsig v1.6.1 // trusted list: XML signatures; not in std
	golang.org/x/crypto v0.58.0 // ocsp: revocation; cryptobyte: DER of signed documents; not in std
	modernc.org/sqlite v1.61.1 // the demo portal's users, in pure Go
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/getlantern/context v0.0.0-20190109183933-c447772a6520 // indirect
	github.com/getlantern/errors v0.0.0-20190325191628-abdb3e3e36f7 // indirect
	github.com/getlantern/golog v0.0.0-20190830074920-4ef2e798c2d7 // indirect
	github.com/getlantern/hex v0.0.0-20190417191902-c6586a6fe0b7 // indirect
	github.com/getlantern/hidden v0.0.0-20190325191715-f02dbb02be55 // indirect
	github.com/getlantern/ops v0.0.0-20190325191751-d70cb0d6f85f // indirect
	github.com/go-stack/stack v1.8.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/jonboulle/clockwork v0.5.0 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/oxtoacart/bpool v0.0.0-20190530202638-03653db5a59c // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
	modernc.org/libc v1.79.0 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)

ignore ./node_modules // a package in there brings Go files along
