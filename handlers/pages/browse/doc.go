// Package browse shows the API's answers to people in a browser: a resource, a Bundle, an error, and what the server
// can do. What is shown is what the API answered, whose Session has judged and reported it: nothing is read here.
package browse
