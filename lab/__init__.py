"""What training, benchmarks and tests share: data sets, pools, cases, a fake encoder, a site."""
