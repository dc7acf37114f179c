import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { thrownBy } from '../../../../test/support/thrown.ts';
import { hasLongIntegers, jsonText, parseJson, parseJsonExactly, writeJson } from './json-value.ts';
import { encodeUtf8 } from './utf8.ts';

describe('JSON with integers past 2^53', () => {
  it.each([
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['18446744073709551615', 18446744073709551615n],
    ['9007199254740991', 9007199254740991],
    ['1.5', 1.5],
    ['1e300', 1e300],
    ['-0', -0],
    [`${'9'.repeat(60)}`, 1e60],
  ])('%s is read exactly', (text, value) => {
    expect(parseJsonExactly(`[${text}]`)).toStrictEqual([value]);
  });

  it.each([
    ['[1234567890123456]', true],
    ['{"a":-12345678901234567 }', true],
    ['[ 12345678901234567890\n,1]', true],
    ['[123456789012345]', false],
    ['[0.1234567890123456789]', false],
    ['[1234567890123456.5]', false],
  ])('%s may need it: %s', (text, needed) => {
    expect(hasLongIntegers(text)).toBe(needed);
  });

  it('is written in full digits and comes back the same', () => {
    const value = fc.oneof(fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }), fc.maxSafeInteger(), fc.string(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.dictionary(fc.string().filter((key) => key !== '__proto__'), fc.oneof(value, fc.array(value)), { noNullPrototype: true }), (object) => {
        expect(parseJsonExactly(writeJson(object))).toStrictEqual(object);
      }),
    );
  });

  it('is written without undefined members', () => {
    expect(writeJson({ a: undefined, b: [-0, 1n] })).toBe('{"b":[-0,1]}');
  });
});

describe('JSON that is refused', () => {
  it.each([
    ['[NaN]', 'NaN is not JSON. Send tensors with such values as binary data'],
    ['{"data":[1, -Infinity]}', '-Infinity is not JSON. Send tensors with such values as binary data'],
    ['["NaN",]', 'the body is not JSON: Unexpected token'],
    ['{"a"', 'the body is not JSON: '],
    ['', 'the body is not JSON: '],
  ])('%s says why', (text, message) => {
    const error = thrownBy(() => parseJson(text));
    expect([error.code, error.message]).toEqual(['MALFORMED_BODY', expect.stringContaining(message)]);
  });

  it('is nested deeper than 64 levels, wherever', () => {
    const nested = (depth: number): Uint8Array => encodeUtf8(`${'{"a":['.repeat(depth / 2)}1${']}'.repeat(depth / 2)}`);
    expect(() => jsonText(nested(64))).not.toThrow();
    expect(thrownBy(() => jsonText(nested(66))).message).toContain('nested deeper than 64');
  });

  it('is not made deep by brackets inside strings, or shallow by closing ones', () => {
    expect(() => jsonText(encodeUtf8(`["${'['.repeat(100)}", "\\"${'['.repeat(100)}"]`))).not.toThrow();
    expect(thrownBy(() => jsonText(encodeUtf8(`["${']'.repeat(100)}"${',['.repeat(70)}`))).code).toBe('MALFORMED_BODY');
  });

  it('says so of megabytes in one string or one number too', () => {
    const megabytes = 'x'.repeat(8_000_000);
    expect(thrownBy(() => parseJson(`["${megabytes}", NaN]`)).message).toContain('NaN is not JSON');
    expect(thrownBy(() => parseJson(`["${megabytes}`)).message).toContain('the body is not JSON');
    expect(hasLongIntegers(`[${'9'.repeat(8_000_000)}]`)).toBe(false);
  });

  it('does not take an escaped quote for the end of a string', () => {
    expect(thrownBy(() => parseJson('["\\" NaN", }')).message).toContain('the body is not JSON');
    expect(thrownBy(() => parseJson('["\\\\", NaN]')).message).toContain('NaN is not JSON');
  });

  it('is not UTF-8', () => {
    expect(thrownBy(() => jsonText(Uint8Array.of(0x22, 0xff, 0x22))).message).toContain('not UTF-8');
  });
});
