// Package xml turns FHIR XML (R4 xml, 2.6.1) into the JSON it means, and JSON into XML. Nothing is decoded or
// validated here but what XML adds: ToJSON's result goes the one road of codec.Decode, and FromJSON writes what is
// stored.
//
// Both ways keep every value: the digits of numbers, white space in strings, the narrative. What XML fixes, JSON
// leaves open: the order of elements, which becomes R4's. Comments and processing instructions between elements carry
// no meaning and are dropped.
//
// A document can name no entity of its own and no other file: document type declarations are refused, so there is
// nothing to expand and nothing to fetch. Depth and size are bounded by the same codec.Limits as JSON's.
//
// The tokenizer is ours because encoding/xml takes two to three times as long to find its tokens as codec.Decode
// takes for the whole of the JSON they mean; a request in XML costs about twice one in JSON, all in all
// (BenchmarkToJSON).
package xml
