// Package update has what an update does to one document: replacement, and the operators the backend may use. Which
// documents are updated, and what becomes of their index, is package engine's business.
package update
