// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package main

import "errors"

func module(string) error { return errors.ErrUnsupported }

func take(string) error { return errors.ErrUnsupported }
