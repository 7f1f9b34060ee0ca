// Package brand is what a practice says of itself on its pages: how a logo is made safe, and an accent colour is
// held to be read by everybody. It knows nothing of pages.
package brand
