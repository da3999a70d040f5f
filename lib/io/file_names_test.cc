#include "retinue/io/file_names.h"

#include <gtest/gtest.h>

#include <string>

namespace retinue {
namespace {

TEST(IsPlainFileName, IsOneThatStaysInsideItsFolder) {
  for (const char* name : {"a", "a b.mp4", ".hidden", "...", "-"})
    EXPECT_TRUE(IsPlainFileName(name)) << name;
  for (const char* name : {"", ".", "..", "a/b", "/a", "a/"})
    EXPECT_FALSE(IsPlainFileName(name)) << name;
  EXPECT_FALSE(IsPlainFileName(std::string("a\0b", 3)));
}

TEST(SafeFileName, KeepsOnlyWhatEverySystemTakes) {
  EXPECT_EQ(SafeFileName("traffic light"), "traffic_light");
  EXPECT_EQ(SafeFileName("../../etc"), "_._.._etc");
  EXPECT_EQ(SafeFileName(".."), "_.");
  EXPECT_EQ(SafeFileName("-rf"), "_rf");
  EXPECT_EQ(SafeFileName(""), "_");
  EXPECT_EQ(SafeFileName("a/b\\c:d\n"), "a_b_c_d_");
  EXPECT_EQ(SafeFileName("Füße"), "Füße");
  EXPECT_EQ(SafeFileName(std::string("a\0b", 3)), "a_b");
  EXPECT_EQ(SafeFileName("bad\xff\xc3"), "bad__") << "not UTF-8";
  EXPECT_EQ(SafeFileName(std::string(98, 'x') + "ü"), std::string(98, 'x') + "ü");
  EXPECT_EQ(SafeFileName(std::string(99, 'x') + "ü"), std::string(99, 'x'));
}

TEST(FileStem, NamesFilesAfterStreams) {
  struct Case {
    const char* name;
    const char* expected;
  };
  const Case cases[] = {
      {"a.mp4", "a"},
      {"videos/a b.mp4", "a_b"},
      {"/x/walk.2s.mp4", "walk.2s"},
      {"000000000139.jpg", "000000000139"},
      {"rtsp://user:word@host:554/door?x=1", "door"},
      {"rtsp://host/", "host"},
      {"http://host/a/b.m3u8#t=3", "b"},
      {"test:people", "test_people"},
      {"0", "0"},
      {"/dev/video0", "video0"},
      {"-", "stream"},
      {"", "stream"},
      {"folder/", "folder"},
      {".hidden", "_hidden"},
      {"..", "_"},
      {"../..", "_"},
      {"--x.mp4", "_-x"},
      {"straße.mp4", "straße"},
      {"bad\xff.mp4", "bad_"},
      {"what?.mp4", "what_"},
  };
  for (const Case& c : cases) EXPECT_EQ(FileStem(c.name), c.expected) << c.name;
}

TEST(FileStem, CutsLongNamesAtAWholeCharacter) {
  std::string name;
  for (int i = 0; i < 200; ++i) name += "ß";
  const std::string stem = FileStem(name + ".mp4");
  EXPECT_LE(stem.size(), 100u);
  EXPECT_EQ(stem.size() % 2, 0u);  // ß has two bytes
}

TEST(UniqueNames, NumberTheSecondOfAName) {
  UniqueNames names;
  EXPECT_EQ(names.Take("a"), "a");
  EXPECT_EQ(names.Take("a"), "a-2");
  EXPECT_EQ(names.Take("a-2"), "a-2-2");
  EXPECT_EQ(names.Take("a"), "a-3");
  EXPECT_EQ(names.Take("b"), "b");
}

}  // namespace
}  // namespace retinue
