package io.millrace.server.grpc;

import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A door for each test, whose telemetry the test reads. */
abstract class RecordedCallsTest {
  @RegisterExtension final OpenTelemetryExtension telemetry = OpenTelemetryExtension.create();

  RecordedDoor recorded;

  @BeforeEach
  void open() {
    recorded = new RecordedDoor(telemetry);
  }

  @AfterEach
  void close() {
    recorded.close();
  }
}
