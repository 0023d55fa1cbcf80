// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pyHankoVersion is what pip installs; that of DSS is in pom.xml.
const pyHankoVersion = "0.38.0"

// here is the folder of the judges' own programs: interop is run from the top of the repository.
const here = "tools/interop"

// preparePyHanko installs it in an environment of its own, once.
func preparePyHanko(ctx context.Context, dir string) (*exec.Cmd, error) {
	venv := filepath.Join(dir, "venv")
	python := filepath.Join(venv, "bin", "python3")
	check := exec.CommandContext(ctx, python, "-c", "import importlib.metadata as m; print(m.version('pyHanko'))")
	if out, err := check.Output(); err != nil || strings.TrimSpace(string(out)) != pyHankoVersion {
		if err := quietly(ctx, "python3", "-m", "venv", venv); err != nil {
			return nil, err
		}
		if err := fetch(ctx, python, "-m", "pip", "install", "--quiet", "pyHanko=="+pyHankoVersion); err != nil {
			return nil, err
		}
	}
	return exec.CommandContext(ctx, python, filepath.Join(here, "judge.py")), nil
}

// prepareDSS fetches what pom.xml names, once.
func prepareDSS(ctx context.Context, dir string) (*exec.Cmd, error) {
	pom, err := os.Stat(filepath.Join(here, "pom.xml"))
	if err != nil {
		return nil, err
	}
	list, err := filepath.Abs(filepath.Join(dir, "classpath.txt"))
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(list); err != nil || info.ModTime().Before(pom.ModTime()) {
		repository, err := filepath.Abs(filepath.Join(dir, "maven"))
		if err != nil {
			return nil, err
		}
		if err := fetch(ctx, "mvn", "-q", "-B", "-f", filepath.Join(here, "pom.xml"), "-Dmaven.repo.local="+repository,
			"dependency:build-classpath", "-Dmdep.outputFile="+list); err != nil {
			return nil, err
		}
	}
	classpath, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, "java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", strings.TrimSpace(string(classpath)), filepath.Join(here, "Judge.java")), nil
}

// fetch runs a program that needs the network, which may fail once.
func fetch(ctx context.Context, name string, arguments ...string) error {
	var err error
	for range 3 {
		if err = quietly(ctx, name, arguments...); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// quietly runs a program, and shows what it printed only when it fails.
func quietly(ctx context.Context, name string, arguments ...string) error {
	if out, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
