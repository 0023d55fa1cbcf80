// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// store keeps the keys and the CA certificates between runs, or does not.
type store interface {
	key(name string, generate func() (*rsa.PrivateKey, error)) (*rsa.PrivateKey, error)
	certificate(name string, sign func() ([]byte, error)) ([]byte, error)
}

type memory struct{}

func (memory) key(_ string, generate func() (*rsa.PrivateKey, error)) (*rsa.PrivateKey, error) {
	return generate()
}

func (memory) certificate(_ string, sign func() ([]byte, error)) ([]byte, error) { return sign() }

type directory string

func openDirectory(dir string) (directory, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the directory of the test PKI: %w", err)
	}
	return directory(dir), nil
}

func (d directory) key(name string, generate func() (*rsa.PrivateKey, error)) (*rsa.PrivateKey, error) {
	der, err := d.block(name+".key", "PRIVATE KEY", func() ([]byte, error) {
		k, err := generate()
		if err != nil {
			return nil, err
		}
		return x509.MarshalPKCS8PrivateKey(k)
	})
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("reading the key %s: %w", name, err)
	}
	k, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("reading the key %s: it is not an RSA key", name)
	}
	return k, nil
}

func (d directory) certificate(name string, sign func() ([]byte, error)) ([]byte, error) {
	return d.block(name+".pem", "CERTIFICATE", sign)
}

// block reads a PEM file with one block or, if there is none, writes it.
func (d directory) block(file, kind string, make func() ([]byte, error)) ([]byte, error) {
	path := filepath.Join(string(d), file)
	text, err := os.ReadFile(path)
	if err == nil {
		b, _ := pem.Decode(text)
		if b == nil || b.Type != kind {
			return nil, fmt.Errorf("reading %s: it holds no %s in PEM", path, kind)
		}
		return b.Bytes, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	der, err := make()
	if err != nil {
		return nil, err
	}
	return der, writeOnce(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// writeOnce writes a file that appears whole or not at all.
func writeOnce(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(text); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
