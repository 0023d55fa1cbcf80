// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func newKey(t *testing.T, bits int) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return key, file
}

func TestAKeyThatIsTooShortOrNoKeyDoesNotSignTheExtension(t *testing.T) {
	_, short := newKey(t, 1024)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{short, text, filepath.Join(t.TempDir(), "missing")} {
		if _, err := readKey(file); err == nil {
			t.Errorf("%s was taken", filepath.Base(file))
		}
	}
}

func TestTheIdentityIsThatOfTheKey(t *testing.T) {
	// The key of the manifest gives the identity that Ponte answers; crx3 must count in the same way.
	b, err := os.ReadFile("../extension/chrome/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Key string }
	if err := json.Unmarshal(b, &manifest); err != nil {
		t.Fatal(err)
	}
	der, err := base64.StdEncoding.DecodeString(manifest.Key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	if id := identity(sum[:16]); id != protocol.ExtensionIDChromium {
		t.Errorf("the key of the manifest gives %s", id)
	}
}

func TestACRXHoldsASignatureOverTheArchive(t *testing.T) {
	key, file := newKey(t, 2048)
	read, err := readKey(file)
	if err != nil || !read.Equal(key) {
		t.Fatal(err)
	}
	archive := []byte("PK, an archive")
	crx, _, err := crx3(archive, key)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := crx3(archive, key)
	if err != nil || !bytes.Equal(crx, again) {
		t.Error("the same archive gives other bytes")
	}
	size := binary.LittleEndian.Uint32(crx[8:])
	if string(crx[:4]) != "Cr24" || binary.LittleEndian.Uint32(crx[4:]) != 3 || !bytes.Equal(crx[12+size:], archive) {
		t.Fatalf("no CRX of version 3: %x", crx[:12])
	}
	header := crx[12 : 12+size]
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil || !bytes.Contains(header, public) {
		t.Error("the public key is not in the header")
	}
	signed := header[len(header)-18:] // SignedData: tag, length, 16 bytes
	message := append([]byte("CRX3 SignedData\x00\x12\x00\x00\x00"), signed...)
	sum := sha256.Sum256(append(message, archive...))
	at := bytes.Index(header, public) + len(public) + 3 // tag, and two bytes of length
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], header[at:at+256]); err != nil {
		t.Error(err)
	}
}

func TestTheStoreGetsAManifestWithoutTheKey(t *testing.T) {
	b, err := os.ReadFile("../extension/chrome/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var before, after map[string]any
	if err := json.Unmarshal(b, &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(withoutKey("manifest.json", b), &after); err != nil {
		t.Fatal(err)
	}
	if _, there := after["key"]; there || len(after) != len(before)-1 {
		t.Errorf("the manifest has %d keys, and had %d", len(after), len(before))
	}
	if !bytes.Equal(withoutKey("popup.html", b), b) {
		t.Error("another file was changed")
	}
}
