# count.awk: count lines and words of a text, and find its longest word.
{
    lines++
    words += NF
    for (i = 1; i <= NF; i++) {
        word = $i
        gsub(/[^A-Za-z]/, "", word)
        if (length(word) > length(longest)) longest = word
    }
}
END { printf "{\"lines\": %d, \"words\": %d, \"longest\": \"%s\"}\n", lines, words, longest }
