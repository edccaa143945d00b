package io.millrace.server.model;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GzipStreamTest {
  private static final byte[] NOTHING = new byte[0];
  private static final byte[] TEXT = "rows and columns, rows and columns".getBytes(US_ASCII);
  private static final int HEADER_BYTES = 10;
  private static final int FLAGS_AT = 3;
  private static final int ALL_FLAGS = 0x1F;

  private static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(plain);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  private static byte[] empty(int members) {
    byte[][] parts = new byte[members][];
    Arrays.fill(parts, gzip(NOTHING));
    return joined(parts);
  }

  private static byte[] read(byte[] compressed) throws IOException {
    try (GzipStream in = new GzipStream(new ByteArrayInputStream(compressed))) {
      return in.readAllBytes();
    }
  }

  /** The text behind a header with these flags and what they announce. */
  private static byte[] withFlags(int flags, int checksumChange) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.writeBytes(new byte[] {0x1F, (byte) 0x8B, 8, (byte) flags, 1, 2, 3, 4, 0, 3});
    if ((flags & 4) != 0) {
      header.writeBytes(new byte[] {4, 1});
      header.writeBytes(new byte[260]);
    }
    if ((flags & 8) != 0) {
      header.writeBytes("iris.json\0".getBytes(US_ASCII));
    }
    if ((flags & 16) != 0) {
      header.writeBytes("a comment\0".getBytes(US_ASCII));
    }
    if ((flags & 2) != 0) {
      CRC32 checksum = new CRC32();
      checksum.update(header.toByteArray());
      int value = (int) checksum.getValue() + checksumChange;
      header.writeBytes(new byte[] {(byte) value, (byte) (value >> 8)});
    }
    byte[] plain = gzip(TEXT);
    return joined(header.toByteArray(), Arrays.copyOfRange(plain, HEADER_BYTES, plain.length));
  }

  @Test
  void members_followEachOther_emptyOnesToo() throws IOException {
    byte[] none = gzip(NOTHING);

    assertThat(read(none)).isEmpty();
    assertThat(read(joined(gzip(TEXT), gzip(TEXT)))).isEqualTo(joined(TEXT, TEXT));
    assertThat(read(joined(none, gzip(TEXT), none, none, gzip(TEXT), none)))
        .isEqualTo(joined(TEXT, TEXT));
  }

  @Test
  void membersUpToTheBound_areRead_andOneMoreIsRefused() throws IOException {
    byte[] most = empty(GzipStream.MAX_MEMBERS - 1);

    assertThat(read(joined(most, gzip(TEXT)))).isEqualTo(TEXT);
    assertThatThrownBy(() -> read(joined(most, gzip(TEXT), gzip(TEXT))))
        .isInstanceOf(ZipException.class)
        .hasMessage("the stream has more than 10000 members");
  }

  @Test
  void everyHeader_isRead() throws IOException {
    for (int flags = 0; flags <= ALL_FLAGS; flags++) {
      byte[] member = withFlags(flags, 0);

      assertThat(read(joined(member, member))).as("flags %d", flags).isEqualTo(joined(TEXT, TEXT));
    }
  }

  @Test
  void aHeaderWhoseChecksumIsAnother_isRefused() {
    assertThatThrownBy(() -> read(withFlags(ALL_FLAGS, 1)))
        .isInstanceOf(ZipException.class)
        .hasMessage("the checksum of a header is another");
  }

  @ParameterizedTest
  @CsvSource({
    "0, the stream does not begin as gzip",
    "1, the stream does not begin as gzip",
    "2, 'the compression method is 9, not deflate'",
    "3, the flags 0x20 are reserved",
    "10, the compressed data is damaged",
    "-8, the checksum of member 1 is another",
    "-5, the checksum of member 1 is another",
    "-4, the length of member 1 is another",
    "-1, the length of member 1 is another"
  })
  void aDamagedByte_isRefused(int at, String message) {
    byte[] damaged = gzip(TEXT);
    int index = Math.floorMod(at, damaged.length);
    damaged[index] =
        switch (at) {
          case FLAGS_AT -> 0x20;
          // A block of a type that there is not.
          case HEADER_BYTES -> 7;
          default -> (byte) (damaged[index] + 1);
        };

    assertThatThrownBy(() -> read(damaged)).isInstanceOf(ZipException.class).hasMessage(message);
  }

  @Test
  void aCutStream_isRefused_whereverItIsCut() {
    byte[] whole = withFlags(ALL_FLAGS, 0);
    for (int size = 2; size < whole.length; size++) {
      byte[] cut = Arrays.copyOf(whole, size);

      assertThatThrownBy(() -> read(cut)).as("%d bytes", size).isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> read(joined(whole, cut)))
          .as("%d bytes of the second", size)
          .isInstanceOf(EOFException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "\0\0\0\0", "\u001f", "\u001f\u001f", "and more"})
  void whatFollowsTheLastMember_andBeginsNoOther_isPassedOver(String more) throws IOException {
    assertThat(read(joined(gzip(TEXT), more.getBytes(US_ASCII)))).isEqualTo(TEXT);
    // Also where no byte of it is in the buffer with the member.
    byte[] longer = joined(empty(1_000), gzip(TEXT), more.repeat(10_000).getBytes(US_ASCII));
    assertThat(read(longer)).isEqualTo(TEXT);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatTheJdkCompressed_comesBack_howeverItArrives(int seed) throws IOException {
    Random random = new Random(seed);
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    for (int member = 0; member < 20; member++) {
      byte[] part = new byte[random.nextInt(1 << random.nextInt(18))];
      if (random.nextBoolean()) {
        random.nextBytes(part);
      }
      plain.writeBytes(part);
      compressed.writeBytes(gzip(part));
    }
    ByteArrayOutputStream read = new ByteArrayOutputStream();

    try (GzipStream in = new GzipStream(new Dribble(compressed.toByteArray(), random))) {
      byte[] chunk = new byte[1 << 12];
      while (read.size() < plain.size()) {
        int offset = random.nextInt(100);
        int count = in.read(chunk, offset, 1 + random.nextInt(chunk.length - offset));
        read.write(chunk, offset, count);
      }
      assertThat(in.read()).isNegative();
      assertThat(in.read(chunk)).isNegative();
    }

    assertThat(read.toByteArray()).isEqualTo(plain.toByteArray());
  }

  @Test
  void oneByteAtATime_isRead() throws IOException {
    try (GzipStream in = new GzipStream(new ByteArrayInputStream(gzip(new byte[] {-1, 7})))) {
      assertThat(in.read(NOTHING)).isZero();
      assertThat(in.read()).isEqualTo(255);
      assertThat(in.read()).isEqualTo(7);
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void closing_closesWhatWasCompressed_andEndsTheReading() throws IOException {
    AtomicBoolean closed = new AtomicBoolean();
    GzipStream in =
        new GzipStream(
            new ByteArrayInputStream(gzip(TEXT)) {
              @Override
              public void close() {
                closed.set(true);
              }
            });
    assertThat(in.read()).isEqualTo('r');

    in.close();
    in.close();

    assertThat(closed).isTrue();
    assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasMessage("the stream is closed");
  }

  /** Gives a few bytes at a time, as a network does. */
  private static final class Dribble extends ByteArrayInputStream {
    private final Random random;

    Dribble(byte[] bytes, Random random) {
      super(bytes);
      this.random = random;
    }

    @Override
    public synchronized int read(byte[] bytes, int offset, int length) {
      return super.read(bytes, offset, 1 + random.nextInt(Math.min(length, 3_000)));
    }

    @Override
    public int read(byte[] bytes) {
      return read(bytes, 0, bytes.length);
    }
  }
}
