"""What training and benchmarks share: data sets, pools, cases, readers, a fake encoder, a running site."""
