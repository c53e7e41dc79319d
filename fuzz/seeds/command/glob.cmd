data/*.csv

[a-z]*(é|ü)?
wc
{x}
