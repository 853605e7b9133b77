"""The parser child: documents are read where they can be killed."""
