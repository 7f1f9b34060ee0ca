// Package text is the catalogue of what pages say: a folder for each language, a file in it for each part of the
// pages. A line is a key and what it says: "record.home.title = Your record". %s and %d stand for what is put in, %%
// for a percent sign. A text that depends on how many there are has a line for each form: "record.new#one = %d new
// entry", "record.new#other = %d new entries"; the number is then the first of what is put in. A line that begins with
// a blank goes on with the one before. What a language hasn't got it says in English.
package text
