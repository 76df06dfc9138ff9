"""The tests. A test's name is the promise that it keeps."""
