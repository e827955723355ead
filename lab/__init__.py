"""What training, benchmarks, tools and tests share: data sets, pools, a fake encoder, a site."""
