// SPDX-License-Identifier: EUPL-1.2

package words

// Family names the family of a card: that of the identity card in full, that of others as it is.
func (w *Words) Family(name string) string {
	if name == FamilyCIE {
		return w.T(CardsCIE, nil)
	}
	return name
}
