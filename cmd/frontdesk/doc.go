// Command frontdesk is the server: serve, demo, import, export and version. This package reads the settings, puts the
// parts together and owns the terminal; whatever can be tested without one is in the packages below it.
package main
