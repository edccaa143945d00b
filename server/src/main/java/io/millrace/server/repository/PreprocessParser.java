package io.millrace.server.repository;

import io.millrace.server.config.ValueRule;
import io.millrace.server.config.YamlMapping;
import io.millrace.server.config.YamlValue;
import io.millrace.server.model.ImageLayout;
import io.millrace.server.model.ImagePreprocess;
import io.millrace.server.model.ImagePreprocess.Channels;
import io.millrace.server.model.ImagePreprocess.Fit;
import io.millrace.server.model.ImagePreprocess.Interpolation;
import io.millrace.server.model.ImagePreprocess.PixelValues;
import io.millrace.server.model.ImagePreprocess.Resizing;
import io.millrace.server.model.Preprocess;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads {@code preprocess}: for each input that it names, the kind of file and how to take it. */
final class PreprocessParser {
  private static final String INPUTS = "inputs such as {x: {image: {width: 224, height: 224}}}";
  private static final String KINDS = "a mapping such as {image: {width: 224, height: 224}}";
  private static final String IMAGE = "a mapping such as {width: 224, height: 224}";
  private static final String NUMBERS = "a number, or a list of 1 to 3 such as [0.5, 0.5, 0.5]";
  private static final int MAX_CHANNELS = 3;

  private static final ValueRule<Long> SIDE = ValueRule.whole(1, 8_192);
  private static final ValueRule<Long> SAMPLE = ValueRule.whole(0, 255);

  /** Three bytes of each have to fit an array. */
  private static final ValueRule<Long> MAX_PIXELS = ValueRule.whole(1, 500_000_000);

  private static final ValueRule<ImageLayout> LAYOUT =
      ValueRule.oneOf(spellings(ImageLayout.values(), false));
  private static final ValueRule<Channels> CHANNELS =
      ValueRule.oneOf(spellings(Channels.values(), false));
  private static final ValueRule<Fit> RESIZE = ValueRule.oneOf(spellings(Fit.values(), true));
  private static final ValueRule<Interpolation> INTERPOLATION =
      ValueRule.oneOf(spellings(Interpolation.values(), true));
  private static final ValueRule<Double> SCALE =
      ValueRule.decimal("a number but 0", number -> number != 0);
  private static final ValueRule<Double> MEAN = ValueRule.decimal("a number", number -> true);
  private static final ValueRule<Double> STD =
      ValueRule.decimal("a number above 0", number -> number > 0);

  private PreprocessParser() {}

  private static <E extends Enum<E>> Map<String, E> spellings(E[] constants, boolean lowerCase) {
    Map<String, E> spellings = new LinkedHashMap<>();
    for (E constant : constants) {
      String name = constant.name();
      spellings.put(lowerCase ? name.toLowerCase(Locale.ROOT) : name, constant);
    }
    return spellings;
  }

  static Preprocess parse(YamlValue value) {
    Map<String, ImagePreprocess> images = new LinkedHashMap<>();
    value
        .asMapping(INPUTS)
        .ifPresent(
            inputs ->
                inputs
                    .keys()
                    .forEach(
                        name ->
                            inputs
                                .get(name)
                                .flatMap(PreprocessParser::kind)
                                .ifPresent(image -> images.put(name, image))));
    return new Preprocess(images);
  }

  private static Optional<ImagePreprocess> kind(YamlValue value) {
    Optional<YamlMapping> kinds = value.asMapping(KINDS);
    Optional<ImagePreprocess> image =
        kinds
            .flatMap(mapping -> mapping.require("image", IMAGE))
            .flatMap(settings -> settings.asMapping(IMAGE))
            .map(PreprocessParser::image);
    kinds.ifPresent(YamlMapping::refuseUnknownKeys);
    return image;
  }

  private static ImagePreprocess image(YamlMapping mapping) {
    ImagePreprocess image =
        new ImagePreprocess(
            side(mapping, "width"),
            side(mapping, "height"),
            mapping.value("layout", LAYOUT).orElse(ImageLayout.NCHW),
            mapping.value("channels", CHANNELS).orElse(Channels.RGB),
            values(mapping),
            resizing(mapping),
            mapping.value("max_pixels", MAX_PIXELS).orElse(ImagePreprocess.DEFAULT_MAX_PIXELS));
    mapping.refuseUnknownKeys();
    return image;
  }

  private static int side(YamlMapping mapping, String key) {
    return mapping.value(key, SIDE).map(Math::toIntExact).orElse(0);
  }

  private static PixelValues values(YamlMapping mapping) {
    return new PixelValues(
        mapping.value("scale", SCALE).orElse(PixelValues.DERIVED),
        numbers(mapping, "mean", MEAN),
        numbers(mapping, "std", STD));
  }

  private static List<Double> numbers(YamlMapping mapping, String key, ValueRule<Double> rule) {
    return mapping.get(key).map(value -> numbers(value, rule)).orElse(List.of());
  }

  private static List<Double> numbers(YamlValue value, ValueRule<Double> rule) {
    if (!value.isList()) {
      return value.as(rule).map(List::of).orElse(List.of());
    }
    List<YamlValue> elements = value.asList(NUMBERS).orElse(List.of());
    if (elements.isEmpty() || elements.size() > MAX_CHANNELS) {
      value.problem(
          "%s is a list of %d".formatted(value.path(), elements.size()), "allowed: " + NUMBERS);
    }
    return elements.stream().flatMap(element -> element.as(rule).stream()).toList();
  }

  private static Resizing resizing(YamlMapping mapping) {
    Fit fit = mapping.value("resize", RESIZE).orElse(Resizing.DEFAULT.fit());
    Interpolation interpolation =
        mapping.value("interpolation", INTERPOLATION).orElse(Resizing.DEFAULT.interpolation());
    Optional<Long> shorterSide = mapping.value("shorter_side", SIDE);
    Optional<Long> padValue = mapping.value("pad_value", SAMPLE);
    if (shorterSide.isPresent() && fit != Fit.CROP) {
      mapping.refuseKey("shorter_side", "shorter_side is for resize: crop", "remove it");
    }
    if (padValue.isPresent() && fit != Fit.PAD) {
      mapping.refuseKey("pad_value", "pad_value is for resize: pad", "remove it");
    }
    return new Resizing(
        fit,
        interpolation,
        shorterSide.map(Math::toIntExact).orElse(0),
        padValue.map(Math::toIntExact).orElse(0));
  }
}
