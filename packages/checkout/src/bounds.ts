// Of what is measured in buckets: upper bounds in seconds; what took longer is only counted. Apart from the metrics, whose
// package loads OpenTelemetry's API.
export const OPERATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
export const UNKNOWN_BOUNDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400];
