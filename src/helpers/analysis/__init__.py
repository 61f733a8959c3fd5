"""One module a question: sales in, a result out, never HTML."""
